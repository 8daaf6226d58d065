"""Looks for finds that no truth explains, in the pictures used for training (or any group), and draws them.

Writes a sheet of numbered crops to be looked at, and places.json: every find with its picture, place (x,y of
the middle, pixels), box and score. Numbers given with --plates are plates: they go to missing_plates.json
instead, so that nobody trains or measures against them; the rest are hard negatives for train.py --hard.
"""
import argparse
import json
import os

import cv2
import numpy as np

import truth
from detector import detect, load
from eval import boxes_of, is_other

CELL = (160, 96)
COLUMNS = 10


def name_of(picture):
    return picture.path if '#' in picture.path else os.path.basename(picture.path)


def draw(pixels, find, label):
    """The find's surroundings at CELL size, the quad in green, number and score written in."""
    w, h = CELL
    box = find.box
    span = max((box[2] - box[0]) * 2.2, (box[3] - box[1]) * 2.2 * w / h, 40)
    scale = w / span
    centre = find.quad.mean(0)
    matrix = np.float32([[scale, 0, w / 2 - centre[0] * scale], [0, scale, h / 2 - centre[1] * scale]])
    out = cv2.warpAffine(pixels, matrix, CELL)
    out = np.clip(out * 1.3, 0, 255).astype(np.uint8)
    cv2.polylines(out, [(find.quad * scale + matrix[:, 2]).astype(np.int32).reshape(4, 1, 2)], True, (0, 255, 0), 1)
    cv2.putText(out, f'{label} {find.score:.2f}', (2, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 0), 1)
    return out


def sheet(cells, path):
    cells = cells + [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    lines = [np.hstack(cells[i:i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    cv2.imwrite(path, cv2.cvtColor(np.vstack(lines), cv2.COLOR_RGB2BGR))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', required=True)
    parser.add_argument('--data')
    parser.add_argument('--out', required=True, help='folder for the sheets and places.json')
    parser.add_argument('--groups', nargs='*', default=[*truth.DRIVES[:3], *truth.LABELLED, 'videos', 'portraits'])
    parser.add_argument('--threshold', type=float, default=0.25)
    parser.add_argument('--long-sides', type=int, nargs='*', default=[960], help='each alone: what only one of them finds counts too')
    parser.add_argument('--plates', type=int, nargs='*', help='numbers on the sheets of an earlier call that are plates')
    given = parser.parse_args()
    places = os.path.join(given.out, 'places.json')
    if given.plates is not None:
        return accept(places, set(given.plates))
    root = truth.data_root(given.data)
    look = load(given.model)
    pictures = truth.romania(root) + truth.corners(root) + truth.labelled_films(root) + truth.film_frames(root) + truth.portraits(root) + truth.crowd(root)
    rows, cells = [], []
    for picture in (p for p in pictures if p.group in given.groups):
        for side in given.long_sides:
            for find in detect(look, picture.read(), long_sides=[side], threshold=given.threshold):
                if is_other(find, boxes_of(picture), picture.unknown):
                    cells.append(draw(picture.read(), find, len(rows)))
                    rows.append({'image': name_of(picture), 'at': find.quad.mean(0).round().tolist(),
                                 'box': find.box.round().tolist(), 'score': round(find.score, 3)})
        picture.pixels = picture.pixels if '#' in picture.path else None
    os.makedirs(given.out, exist_ok=True)
    with open(places, 'w', encoding='utf8') as file:
        json.dump(rows, file)
    for i in range(0, len(cells), 90):
        sheet(cells[i:i + 90], os.path.join(given.out, f'sheet{i // 90}.png'))
    print(len(rows), 'finds')


def accept(places, numbers):
    """Moves the numbered finds from places.json to missing_plates.json, a little enlarged."""
    rows = truth.read_json(places)
    target = os.path.join(truth.HERE, 'missing_plates.json')
    missing = truth.read_json(target)
    for number in numbers:
        x1, y1, x2, y2 = rows[number]['box']
        dx, dy = (x2 - x1) * 0.1, (y2 - y1) * 0.15
        missing.setdefault(rows[number]['image'], []).append([round(v) for v in (x1 - dx, y1 - dy, x2 + dx, y2 + dy)])
    with open(target, 'w', encoding='utf8') as file:
        json.dump(missing, file, separators=(',', ':'))
    with open(places, 'w', encoding='utf8') as file:
        json.dump([row for i, row in enumerate(rows) if i not in numbers], file)


if __name__ == '__main__':
    main()
