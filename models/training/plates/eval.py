"""Measures a plate detector: recall by drive, other finds a picture, corner error; prints tables.

A plate counts as found when a find's bounding box reaches the IoU with its box. Other finds are finds that
neither touch a plate of the truth (IoU .1) nor a place listed in missing_plates.json.
"""
import argparse

import cv2
import numpy as np

import truth
from detector import detect, iou, load

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def match(finds, boxes, least):
    """How many boxes have a find of their own at this IoU; best scores choose first."""
    free = list(range(len(boxes)))
    for find in finds:
        best = max(free, key=lambda i: iou(find.box, boxes[i]), default=None)
        if best is not None and iou(find.box, boxes[best]) >= least:
            free.remove(best)
    return len(boxes) - len(free)


def is_other(find, boxes, unknown):
    centre = find.quad.mean(0)
    inside = any(u[0] <= centre[0] <= u[2] and u[1] <= centre[1] <= u[3] for u in unknown)
    return not inside and all(iou(find.box, b) < 0.1 for b in boxes)


def boxes_of(picture):
    quads = [np.float32(q) for q in picture.quads]
    return picture.boxes or [np.concatenate((q.min(0), q.max(0))) for q in quads]


def table(name, rows):
    """rows: (finds, boxes, unknown) of each picture; one printed line for each threshold."""
    plates = sum(len(boxes) for _, boxes, _ in rows)
    for threshold in THRESHOLDS:
        at = [([f for f in finds if f.score >= threshold], boxes, unknown) for finds, boxes, unknown in rows]
        recall = [sum(match(f, b, least) for f, b, _ in at) / max(1, plates) for least in (0.5, 0.3)]
        others = sum(is_other(f, b, u) for finds, b, u in at for f in finds) / len(rows)
        found = f'{recall[0]:.3f} | {recall[1]:.3f}' if plates else '- | -'
        print(f'| {name} | {len(rows)} | {plates} | {threshold} | {found} | {others:.3f} |')


def corner_error(rows):
    """Mean distance of the four corners, as a share of the plate's width, over plates found at .3."""
    errors, ious = [], []
    for finds, quads in rows:
        for quad in map(np.float32, quads):
            box = np.concatenate((quad.min(0), quad.max(0)))
            best = max(finds, key=lambda f: iou(f.box, box), default=None)
            if best is None or iou(best.box, box) < 0.3:
                continue
            width = np.linalg.norm(quad[1] - quad[0])
            errors.append(np.linalg.norm(best.quad - quad, axis=1).mean() / width)
            ious.append(iou(best.box, box))
    if errors:
        print(f'corners: {len(errors)} found, error in widths: median {np.median(errors):.4f}, mean {np.mean(errors):.4f}, '
              f'90 % below {np.quantile(errors, 0.9):.4f}; box IoU median {np.median(ious):.3f}')


def coverage(rows):
    """Share of each plate under the finds' boxes (score .3 up) grown on all sides by a part of their width."""
    for grow in (0, 0.1, 0.15, 0.25):
        shares = []
        for finds, quads in rows:
            for quad in map(np.float32, quads):
                low, size = quad.min(0), np.ptp(quad, axis=0) + 1
                plate, hidden = (np.zeros((int(size[1]), int(size[0])), np.uint8) for _ in range(2))
                cv2.fillPoly(plate, [(quad - low).astype(np.int32)], 1)
                for find in finds:
                    x1, y1, x2, y2 = find.box - np.tile(low, 2) + np.float32([-1, -1, 1, 1]) * grow * np.ptp(find.quad[:, 0])
                    cv2.rectangle(hidden, (int(x1), int(y1)), (int(x2), int(y2)), 1, -1)
                shares.append((plate * hidden).sum() / plate.sum())
        shares = np.array([s for s in shares if s > 0.1])
        print(f'grown by {grow}: {len(shares)} plates, at least 98 % covered: {(shares >= 0.98).mean():.2f}, least {shares.min():.2f}')


def by_width(rows):
    edges = (0, 60, 90, 130, 190, 5000)
    for low, high in zip(edges, edges[1:]):
        some = [(f, [b for b in boxes if low <= b[2] - b[0] < high]) for f, boxes, _ in rows]
        plates = sum(len(b) for _, b in some)
        if plates:
            found = sum(match([x for x in f if x.score >= 0.4], b, 0.5) for f, b in some)
            print(f'| width {low} to {high} px of 1280 | {plates} | {found / plates:.3f} |')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', required=True, help='.onnx or a checkpoint of train.py')
    parser.add_argument('--data')
    parser.add_argument('--long-sides', type=int, nargs='+', default=[640, 960], help='each picture is seen at all of them')
    parser.add_argument('--groups', nargs='*', default=[*truth.DRIVES, 'corners', 'portraits', 'crowd'])
    parser.add_argument('--threads', type=int, default=2)
    given = parser.parse_args()
    root = truth.data_root(given.data)
    look = load(given.model, given.threads)
    pictures = truth.romania(root) + truth.corners(root) + truth.labelled_films(root, given=truth.ALL_LABELLED)
    if 'portraits' in given.groups:
        pictures += truth.portraits(root)[::7]
    if 'crowd' in given.groups:
        pictures += truth.crowd(root)
    print(f'{given.model}, long sides {given.long_sides}')
    print('| group | pictures | plates | score | recall IoU .5 | recall IoU .3 | other finds a picture |')
    print('| --- | --- | --- | --- | --- | --- | --- |')
    for group in given.groups:
        own = [p for p in pictures if p.group == group]
        found = [(detect(look, p.read(), long_sides=given.long_sides, threshold=0.15), boxes_of(p), p.unknown) for p in own]
        table(group, found)
        if group == 'corners':
            sure = [([x for x in f[0] if x.score >= 0.3], p.quads) for p, f in zip(own, found)]
            corner_error(sure)
            coverage(sure)
        if group in truth.DRIVES:
            by_width(found)


if __name__ == '__main__':
    main()
