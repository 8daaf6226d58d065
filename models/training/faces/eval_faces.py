"""Measures face detectors side by side on faces/crowd, one look at the whole picture: recall, finds without a label, CPU time.

Judged as bench/recall judges: surest first, every label taken once; labels narrower than 12 px count neither way. To compare
detectors whose scores mean different things, the last two columns stand at equal numbers of finds without a label.
"""
import argparse
import os
import time

import numpy as np

import shared_parts  # noqa: F401
import truth
from detector import iou, letterbox
from face_finders import finder

LEAST_WIDTH = 12
RAW = (0.3, 0.4, 0.5)
EQUAL_FALSE = (0.9, 2.0)
SIZES = ((12, 20), (20, 40), (40, 10000))


def judged(finds, boxes, least):
    """Rows of (score, index of the label or None, whether it is measured), surest first."""
    free, rows = set(range(len(boxes))), []
    for score, box in finds:
        best = max(free, key=lambda i: iou(box, boxes[i]), default=None)
        if best is None or iou(box, boxes[best]) < least:
            rows.append((score, None, True))
            continue
        free.remove(best)
        rows.append((score, best, boxes[best][2] - boxes[best][0] >= LEAST_WIDTH))
    return rows


def figures(pictures, threshold, least):
    """Recall and finds without a label a picture; pictures: (finds, boxes)."""
    rows = [row for finds, boxes in pictures for row in judged([f for f in finds if f[0] >= threshold], boxes, least)]
    labels = sum(b[2] - b[0] >= LEAST_WIDTH for _, boxes in pictures for b in boxes)
    right = sum(at is not None and measured for _, at, measured in rows)
    return right / labels, sum(at is None for _, at, _ in rows) / len(pictures)


def threshold_for(pictures, false_finds):
    """The score at which there are so many finds without a label (IoU .5) a picture."""
    wrong = sorted((score for finds, boxes in pictures for score, at, _ in judged(finds, boxes, 0.5) if at is None), reverse=True)
    at = int(false_finds * len(pictures))
    return wrong[at] + 1e-6 if at < len(wrong) else 0.0


def by_size(pictures, threshold):
    parts = []
    for low, high in SIZES:
        labels = [(i, j) for i, (_, boxes) in enumerate(pictures) for j, b in enumerate(boxes) if low <= b[2] - b[0] < high]
        found = {(i, at) for i, (finds, boxes) in enumerate(pictures)
                 for _, at, _ in judged([f for f in finds if f[0] >= threshold], boxes, 0.5)}
        parts.append(f'{sum(label in found for label in labels)} of {len(labels)}')
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data')
    parser.add_argument('--models', nargs='+', required=True)
    parser.add_argument('--long-side', type=int, default=640)
    parser.add_argument('--every', type=int, default=1, help='of the pictures')
    given = parser.parse_args()
    folder = os.path.join(truth.data_root(given.data), 'faces', 'crowd')
    rows = truth.read_json(os.path.join(folder, 'boxes.json'))[::given.every]
    print(f'{len(rows)} pictures, {sum(b[2] - b[0] >= LEAST_WIDTH for r in rows for b in r["boxes"])} faces, longest side {given.long_side}')
    print('| model | ' + ' | '.join(f'raw {r}: recall .5 / .3 @ false' for r in RAW) + ' | '
          + ' | '.join(f'recall .5 / .3 at {e} false (12 to 20, 20 to 40, 40 px up)' for e in EQUAL_FALSE) + ' | CPU ms |')
    for path in given.models:
        look, pictures, spent = finder(path), [], []
        for row in rows:
            pixels = truth.Picture(os.path.join(folder, 'images', row['image']), 'crowd').read()
            boxed, scale = letterbox(pixels, given.long_side)
            before = time.process_time()
            finds = look(boxed)
            spent.append((time.process_time() - before) * 1000)
            pictures.append(([(score, box / scale) for score, box in finds], row['boxes']))
        cells = []
        for raw in RAW:
            (recall, false), (loose, _) = figures(pictures, raw, 0.5), figures(pictures, raw, 0.3)
            cells.append(f'{recall:.3f} / {loose:.3f} @ {false:.2f}')
        for equal in EQUAL_FALSE:
            at = threshold_for(pictures, equal)
            cells.append(f'{figures(pictures, at, 0.5)[0]:.3f} / {figures(pictures, at, 0.3)[0]:.3f} ({", ".join(by_size(pictures, at))}; raw {at:.2f})')
        print(f'| {os.path.basename(path)} | {" | ".join(cells)} | {np.median(spent):.1f} |', flush=True)


if __name__ == '__main__':
    main()
