"""Computes the appearance model from portraits: python build.py --portraits FOLDER --faces ONNX --mesh ONNX --out models/syn

What is written holds means, components and statistics; nothing of one person. check_draws.py tests that.
"""
import argparse
import json
import os

import cv2
import numpy as np

import components as co
import conditions as cond
import groups as gr
import mesh_shape as ms
from face_points import FacePoints

SHAPES = 24
HALF = ms.SIDE // 2
# A face must look this straight at the camera, be this wide (pixels) and this colourful to be learned from.
YAW, PITCH, WIDTH, COLOUR = 13, 14, 90, 12
# Colours of a photograph are not one colour by brightness; those of a tinted print are (spread of what is left, of 255).
LEAST_HUES = 8.5
# Nearer than this part of the mean distance of two people it is one picture twice.
SAME_PICTURE = 0.56
WOMEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "women.txt")
# Furthest from what the components can say: glasses with reflections, hair over the eyes, engravings.
OUTLIERS = 0.08
# Of those that look most like faces with glasses this part is left out: a draw would wear the ghost of a pair.
GLASSES = 0.28


def read_points(folder, finder, cache):
    if cache and os.path.exists(cache):
        kept = np.load(cache)
        return {name: (kept[name][:468], kept[name][468, 0]) for name in kept.files}
    found = {}
    for name in sorted(os.listdir(folder)):
        picture = cv2.imread(os.path.join(folder, name))
        if picture is not None and (fit := finder.find(np.ascontiguousarray(picture[:, :, ::-1]))):
            found[name] = fit
    if cache:
        np.savez(cache, **{name: np.vstack([points, [presence, 0, 0]]) for name, (points, presence) in found.items()})
    return found


def frontal(points, mean):
    """Aligned shapes of those that look straight at the camera and are wide enough, with their poses."""
    chosen = {}
    for name, (shape, presence) in points.items():
        aligned, (scale, rotation, shift) = ms.align(shape, mean)
        yaw = np.degrees(np.arctan2(rotation[2, 0], rotation[2, 2]))
        pitch = np.degrees(np.arcsin(rotation[2, 1]))
        if presence > 0.95 and abs(yaw) < YAW and abs(pitch) < PITCH and 1 / scale > WIDTH:
            chosen[name] = aligned, (scale, rotation, shift)
    return chosen


def texture_of(path, aligned, pose, warp, flat):
    scale, rotation, shift = pose
    picture = cv2.imread(path)[:, :, ::-1]
    placed = ((ms.with_ring(aligned) - shift) @ rotation / scale)[:, :2]
    shrink = np.ptp(flat[ms.OVAL, 0]) * scale
    if shrink < 0.8:
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        placed = placed * shrink
    return warp.read(np.ascontiguousarray(picture), placed)


def hues(path):
    """Spread of colour that brightness does not tell: small in tinted prints and engravings."""
    picture = cv2.imread(path)
    small = cv2.resize(picture, (128, 128), interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1, 3)
    y = small @ np.float32([0.114, 0.587, 0.299])
    told = np.stack([np.ones_like(y), y, y * y], 1)
    colours = np.stack([(small[:, 0] - y) * 0.564, (small[:, 2] - y) * 0.713], 1)
    return float(np.hypot(*(colours - told @ np.linalg.lstsq(told, colours, rcond=None)[0]).std(0)))


def packed(detail):
    """Brightness at full size, colour differences at half size, in one row."""
    small = cv2.resize(detail[..., 1:], (HALF, HALF), interpolation=cv2.INTER_AREA)
    return np.concatenate([detail[..., 0].ravel(), small[..., 0].ravel(), small[..., 1].ravel()])


def tile_of(row, scales):
    """One row as a grey picture of 384 x 256: brightness at the left, the two differences above each other at the right."""
    y = row[: ms.SIDE**2].reshape(ms.SIDE, ms.SIDE) / scales[0]
    c = row[ms.SIDE**2 :].reshape(2 * HALF, HALF) / scales[1]
    return np.clip(np.round(128 + 127 * np.hstack([y, c])), 0, 255).astype(np.uint8)


def clean(names, rows, glasses):
    """Without glasses, and without what the components cannot say."""
    bare = glasses <= np.quantile(glasses, 1 - GLASSES)
    middle, parts, _ = co.principal(rows[bare], 40)
    left = ((rows - middle - co.weights_of(rows, middle, parts) @ parts) ** 2).sum(1)
    kept = bare & (left <= np.quantile(left[bare], 1 - OUTLIERS)) & first_of_each(rows[:, : ms.SIDE**2])
    return [name for name, keep in zip(names, kept) if keep], rows[kept]


def first_of_each(rows):
    """False for a picture that came before, nearly."""
    small = rows.reshape(-1, HALF, 2, HALF, 2).mean((2, 4)).reshape(len(rows), -1)
    squares = (small**2).sum(1)
    between = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * small @ small.T, 0))
    return ~np.triu(between < SAME_PICTURE * between.mean(), 1).any(0)


def scales_of(row):
    return [float(np.abs(part).max()) for part in (row[: ms.SIDE**2], row[ms.SIDE**2 :])]


def numbers(values, digits=4):
    return np.round(np.asarray(values, np.float64), digits).tolist()


def learned(rows, aligned, shapes, flat, is_woman):
    """Groups of textures, and what of an identity follows from the face that it replaces."""
    small = cond.seen(rows)
    told, looks = cond.told_looks(small, cond.looks_of(rows, flat, is_woman))
    # Half way between the means of both groups.
    border = (looks[is_woman, 0].mean() + looks[~is_woman, 0].mean()) / 2
    moods = cond.moods_of(aligned)
    conditions = np.hstack([looks, (moods - moods.mean(0)) / moods.std(0)])
    groups = [gr.group_of(rows[members], conditions[members], gr.COMPONENTS[name])
              for name, members in (("men", ~is_woman), ("women", is_woman))]
    shape_mean, shape_parts, _ = shapes
    flat_shapes = cond.without_mood(co.without_openings(aligned, aligned.mean(0)).reshape(len(rows), -1), moods)
    mean, weights, left = cond.follows(looks, co.weights_of(flat_shapes, shape_mean, shape_parts))
    size = float(np.abs(told).max()) / 32000
    return groups, {
        "seenMean": numbers(small.mean(0)),
        "looksScale": size,
        "looks": [np.round(row / size).astype(int).tolist() for row in told],
        "border": round(float(border), 4),
        "moods": [{"pairs": pairs, "mean": round(float(m), 5), "deviation": round(float(d), 5)}
                  for pairs, m, d in zip(cond.MOODS.values(), moods.mean(0), moods.std(0))],
        "shape": {"mean": numbers(mean), "weights": numbers(weights), "left": numbers(left)},
    }


def write(out, groups, follows, shapes, mean, flat, triangles, count):
    shape_mean, shape_parts, shape_part = shapes
    tiles = [tile for group in groups for tile in (group["middle"], *group["parts"])]
    scales = [scales_of(row) for row in tiles]
    sheet = np.vstack([tile_of(row, scale) for row, scale in zip(tiles, scales)])
    cv2.imwrite(os.path.join(out, "appearance-textures.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 90])
    shape_scale = float(np.abs(shape_parts).max()) / 32000
    model = {
        "version": 2,
        "side": ms.SIDE,
        "mean": np.round(mean, 5).ravel().tolist(),
        "stability": ms.stable_weights().tolist(),
        "outline": ms.OVAL,
        "innerLips": ms.INNER_LIPS,
        "outerLips": cond.OUTER_LIPS,
        "eyes": [ms.RIGHT_EYE, ms.LEFT_EYE],
        "ring": {"grow": ms.RING, "growAbove": ms.RING_ABOVE, "behind": ms.RING_BEHIND},
        "corners": triangles.ravel().tolist(),
        "textureAt": np.round(flat, 3).ravel().tolist(),
        "shapeMean": np.round(shape_mean, 5).tolist(),
        "shapeScale": shape_scale,
        "shapeComponents": [np.round(part / shape_scale).astype(int).tolist() for part in shape_parts],
        "textureScales": [[round(v, 5) for v in scale] for scale in scales],
        "conditions": follows,
        "groups": [{"components": len(group["parts"]), "mean": numbers(group["mean"]),
                    "weights": numbers(group["weights"]), "left": numbers(group["left"]),
                    "explained": round(float(group["explained"]), 4)} for group in groups],
        "explained": {"shape": round(float(shape_part), 4)},
        "learnedFrom": count,
    }
    with open(os.path.join(out, "appearance.json"), "w") as file:
        json.dump(model, file, separators=(",", ":"))


def main():
    arguments = argparse.ArgumentParser()
    for name in ("portraits", "faces", "mesh", "out"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--points", help="file that keeps the found points between runs")
    arguments.add_argument("--rows", help="file that keeps what was learned from, for check_draws.py; never commit it")
    options = arguments.parse_args()
    points = read_points(options.portraits, FacePoints(options.faces, options.mesh), options.points)
    mean = ms.mean_shape(np.array([shape for shape, presence in points.values() if presence > 0.9]))
    chosen = frontal(points, mean)
    scale, shift = ms.to_texture(mean)
    flat = ms.with_ring(mean)[:, :2] * scale + shift
    triangles = ms.triangles(flat)
    warp = ms.Warp(flat, triangles)
    inside = co.outline_mask(flat)
    sigma = co.LIGHT_SIGMA * np.ptp(flat[ms.OVAL, 0])
    fade = co.fading(inside)
    names, rows, glasses = [], [], []
    for name, (aligned, pose) in chosen.items():
        path = os.path.join(options.portraits, name)
        if hues(path) < LEAST_HUES:
            continue
        texture = texture_of(path, aligned, pose, warp, flat)
        detail, _, planes = co.detail_of(texture, inside, sigma)
        if np.hypot(planes[..., 1], planes[..., 2])[inside > 0.5].mean() > COLOUR:
            names.append(name)
            glasses.append(co.glasses_score(detail[..., 0], flat))
            rows.append(packed(detail * fade).astype(np.float32))
    names, rows = clean(names, np.array(rows), np.array(glasses))
    aligned = np.array([chosen[name][0] for name in names])
    shapes = co.without_openings(aligned, aligned.mean(0)).reshape(len(names), -1)
    shapes = cond.without_mood(shapes, cond.moods_of(aligned))
    is_woman = cond.labelled(names, WOMEN)
    kept_shapes = co.principal(shapes, SHAPES)
    groups, follows = learned(rows, aligned, kept_shapes, flat, is_woman)
    os.makedirs(options.out, exist_ok=True)
    write(options.out, groups, follows, kept_shapes, mean, flat, triangles, len(names))
    if options.rows:
        np.savez(options.rows, names=names, rows=rows.astype(np.float16), shapes=shapes, women=is_woman, aligned=aligned)
    parts = ", ".join(f"{group['explained']:.3f}" for group in groups)
    print(f"learned from {len(names)} faces ({is_woman.sum()} women) of {len(points)}; textures explain {parts}")


if __name__ == "__main__":
    main()
