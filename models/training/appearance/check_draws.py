"""Tests that the appearance model draws nobody's own face: python check_draws.py --rows FILE --model models/syn

Distances are between details of brightness (half size) and, beside them, between shapes, each in units of the mean
distance of two people. A draw may not be nearer to any person it was learned from than the nearest 1 % of pairs of
different people are to each other, or at least not more often than a tenth as often as strangers are.
"""
import argparse
import json
import os

import cv2
import numpy as np

SIDE = 256
DRAWS, LIMIT = 1000, 2.0
# As processors/anonymizer/syn/pure/identity.ts draws.
DISTANCE = {"texture": 1.2, "shape": 1.15}
MOST_NEAR = 0.002


def tiles(folder, scales):
    sheet = cv2.imread(os.path.join(folder, "appearance-textures.jpg"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    sheet = (sheet.reshape(-1, SIDE, SIDE * 3 // 2)[:, :, :SIDE] - 128) / 127
    return sheet * np.array([scale[0] for scale in scales], np.float32)[:, None, None]


def halved(pictures):
    return pictures.reshape(-1, SIDE // 2, 2, SIDE // 2, 2).mean((2, 4)).reshape(len(pictures), -1)


def distances(a, b):
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def normal(rng, size):
    drawn = rng.standard_normal(size)
    while (far := np.abs(drawn) > LIMIT).any():
        drawn[far] = rng.standard_normal(far.sum())
    return drawn.astype(np.float32)


def drawn(rng, count, distance):
    directions = normal(rng, (DRAWS, count))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True) * np.float32(np.sqrt(count) * distance)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", required=True)
    arguments.add_argument("--model", required=True)
    options = arguments.parse_args()
    model = json.load(open(os.path.join(options.model, "appearance.json")))
    kept = np.load(options.rows)
    people = halved(kept["rows"][:, : SIDE**2].astype(np.float32).reshape(-1, SIDE, SIDE))
    mean, *parts = tiles(options.model, model["textureScales"])
    shapes = kept["shapes"].reshape(len(people), -1).astype(np.float32)
    shape_parts = np.array(model["shapeComponents"], np.float32) * model["shapeScale"]
    small = halved(np.array(parts))
    rng = np.random.default_rng(1)
    sets = {
        "texture": (halved(mean[None])[0], small, people),
        "shape": (np.array(model["shapeMean"], np.float32), shape_parts, shapes),
    }
    failed = False
    for name, (middle, components, theirs) in sets.items():
        ours = middle + drawn(rng, len(components), DISTANCE[name]) @ components
        between = distances(theirs, theirs)
        pairs = between[np.triu_indices(len(theirs), 1)]
        np.fill_diagonal(between, np.inf)
        limit, nearest = np.quantile(pairs, 0.01), distances(ours, theirs)
        near = float((nearest < limit).mean())
        own = nearest.min(1) / pairs.mean(), between.min(1) / pairs.mean()
        failed |= near > MOST_NEAR or np.median(own[0]) < np.median(own[1])
        print(f"{name}: 1 % nearest pairs of people {limit / pairs.mean():.3f}; draws as near to a person: {near:.5f} of pairs; "
              f"nearest person, median (least): of a draw {np.median(own[0]):.3f} ({own[0].min():.3f}), "
              f"of a person {np.median(own[1]):.3f} ({own[1].min():.3f})")
    print("FAILED" if failed else "ok")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
