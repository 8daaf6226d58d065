"""Tests that the appearance model draws nobody's own face: python check_draws.py --rows FILE --model models/syn

1,000 draws, each for the looks and the mood of one of the people that were learned from: the worst case, since a draw
follows them. Distances are between details of brightness (half size), and between shapes, in units of the mean distance
of two people. A draw may not be nearer to any person than the nearest 1 % of pairs of different people are to each other, or at least
much more seldom than strangers are.
"""
import argparse
import json
import os

import cv2
import numpy as np

import conditions as cond

SIDE = 256
DRAWS, LIMIT = 1000, 2.0
# As processors/anonymizer/syn/pure/identity.ts and identity-prior.ts draw.
DISTANCE = {"texture": 1.8, "shape": 1.5}
MOST_LOOK, MOST_MOOD = 1.0, 2.0
# Part of the pairs of a draw and a person that may be so near; of pairs of people it is a hundredth.
MOST_NEAR = 0.002


def tiles(folder, scales):
    sheet = cv2.imread(os.path.join(folder, "appearance-textures.jpg"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    sheet = (sheet.reshape(-1, SIDE, SIDE * 3 // 2)[:, :, :SIDE] - 128) / 127
    return halved(sheet * np.array([scale[0] for scale in scales], np.float32)[:, None, None])


def halved(pictures):
    return pictures.reshape(-1, SIDE // 2, 2, SIDE // 2, 2).mean((2, 4)).reshape(len(pictures), -1)


def distances(a, b):
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def drawn(rng, follows, conditions, distance, looks=None):
    """With `looks`: how many conditions come before the moods, along whose directions chance moves nothing."""
    weights, left = np.array(follows["weights"]), np.array(follows["left"])
    directions = rng.standard_normal((len(conditions), len(left)))
    while (far := np.abs(directions) > LIMIT).any():
        directions[far] = rng.standard_normal(far.sum())
    directions *= np.sqrt(len(left)) * distance / np.linalg.norm(directions, axis=1, keepdims=True)
    moves = directions * left
    if looks is not None:
        settled, _ = np.linalg.qr(weights[:, looks:])
        moves -= moves @ settled @ settled.T
    return (conditions - np.array(follows["mean"])) @ weights.T + moves


def conditions_of(model, kept):
    told = model["conditions"]
    looks = (cond.seen(kept["rows"].astype(np.float32)) - told["seenMean"]) @ (np.array(told["looks"]).T * told["looksScale"])
    deviations = [(m["mean"], m["deviation"]) for m in told["moods"]]
    moods = (cond.moods_of(kept["aligned"]) - [m for m, _ in deviations]) / [d for _, d in deviations]
    return np.clip(looks, -MOST_LOOK, MOST_LOOK), np.clip(moods, -MOST_MOOD, MOST_MOOD)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", required=True)
    arguments.add_argument("--model", required=True)
    options = arguments.parse_args()
    model = json.load(open(os.path.join(options.model, "appearance.json")))
    kept = np.load(options.rows)
    looks, moods = conditions_of(model, kept)
    rng = np.random.default_rng(1)
    chosen = rng.integers(len(looks), size=DRAWS)
    parts = tiles(options.model, model["textureScales"])
    ours = np.zeros((DRAWS, parts.shape[1]), np.float32)
    start = 0
    for group, follows in enumerate(model["groups"]):
        members = np.flatnonzero(kept["women"][chosen] == bool(group))
        middle, components = parts[start], parts[start + 1 : start + 1 + follows["components"]]
        given = np.hstack([looks, moods])[chosen[members]]
        ours[members] = middle + drawn(rng, follows, given, DISTANCE["texture"], looks.shape[1]).astype(np.float32) @ components
        start += 1 + follows["components"]
    shape_parts = np.array(model["shapeComponents"], np.float32) * model["shapeScale"]
    shapes = np.array(model["shapeMean"]) + drawn(rng, model["conditions"]["shape"], looks[chosen], DISTANCE["shape"]) @ shape_parts
    people = halved(kept["rows"][:, : SIDE**2].astype(np.float32).reshape(-1, SIDE, SIDE))
    sets = {"texture": (ours, people), "shape": (shapes, kept["shapes"].reshape(len(people), -1))}
    failed = False
    for name, (draws, theirs) in sets.items():
        between = distances(theirs, theirs)
        pairs = between[np.triu_indices(len(theirs), 1)]
        np.fill_diagonal(between, np.inf)
        limit, nearest = np.quantile(pairs, 0.01), distances(draws, theirs)
        near = float((nearest < limit).mean())
        own = nearest.min(1) / pairs.mean(), between.min(1) / pairs.mean()
        failed |= near > MOST_NEAR or np.median(own[0]) < np.median(own[1])
        print(f"{name}: 1 % nearest pairs of people {limit / pairs.mean():.3f}; draws as near to a person: {near:.5f} of pairs, "
              f"{(nearest.min(1) < limit).mean():.3f} of draws (of people {(between.min(1) < limit).mean():.3f}); "
              f"nearest person, median (least): of a draw {np.median(own[0]):.3f} ({own[0].min():.3f}), "
              f"of a person {np.median(own[1]):.3f} ({own[1].min():.3f})")
    print("FAILED" if failed else "ok")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
