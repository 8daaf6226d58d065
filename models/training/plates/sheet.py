"""Draws a sheet of training crops with their targets, to be looked at."""
import argparse
import random

import cv2
import numpy as np

import truth
from crops import CropStream, SMALL


def sheet_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--data')
    parser.add_argument('--out', required=True, help='a PNG')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--rows', type=int, default=4)
    parser.add_argument('--columns', type=int, default=6)
    return parser


def main():
    given = sheet_parser(__doc__).parse_args()
    root = truth.data_root(given.data)
    real = [p for p in truth.romania(root) + truth.labelled_films(root) if p.group != truth.NIGHT]
    draw_sheet(CropStream(real=real, plain=(truth.film_frames(root), truth.portraits(root)), hard=[], batch=1, seed=1), given)


def draw_sheet(crops, given):
    """Writes rows x columns crops of a SceneStream: the heat map in green, targets outlined, what counts neither way dark."""
    rng = random.Random(given.seed)
    lines = []
    for _ in range(given.rows):
        line = []
        for _ in range(given.columns):
            crop, maps, _ = rng.choice(crops.both(rng, SMALL))
            crop = np.ascontiguousarray(crop)
            heat = cv2.resize(maps[0], (SMALL, SMALL))[..., None]
            closed = cv2.resize(maps[1], (SMALL, SMALL), interpolation=cv2.INTER_NEAREST)[..., None]
            crop = (crop * (0.6 + 0.4 * closed) + heat * np.float32([0, 90, 0])).clip(0, 255).astype(np.uint8)
            for row, column in zip(*np.nonzero(maps[0] == 1)):
                cv2.polylines(crop, [maps[5:, row, column].reshape(4, 1, 2).astype(np.int32)], True, (0, 255, 0), 1)
                cv2.circle(crop, tuple(maps[5:7, row, column].astype(int).tolist()), 2, (255, 0, 0), -1)
            line.append(crop)
        lines.append(np.hstack(line))
    cv2.imwrite(given.out, cv2.cvtColor(np.vstack(lines), cv2.COLOR_RGB2BGR))


if __name__ == '__main__':
    main()
