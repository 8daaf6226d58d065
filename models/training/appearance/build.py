"""Computes the appearance model from portraits: python build.py --portraits FOLDER --faces ONNX --mesh ONNX --out models/syn

What is written holds means, components and statistics; nothing of one person. check_draws.py tests that.
"""
import argparse
import json
import os

import cv2
import numpy as np

import components as co
import mesh_shape as ms
from face_points import FacePoints

TEXTURES, SHAPES = 96, 24
HALF = ms.SIDE // 2
# A face must look this straight at the camera, be this wide (pixels) and this colourful to be learned from.
YAW, PITCH, WIDTH, COLOUR = 13, 14, 90, 12
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
    kept = bare & (left <= np.quantile(left[bare], 1 - OUTLIERS))
    return [name for name, keep in zip(names, kept) if keep], rows[kept]


def scales_of(row):
    return [float(np.abs(part).max()) for part in (row[: ms.SIDE**2], row[ms.SIDE**2 :])]


def write(out, rows, shape_rows, mean, flat, triangles, explained):
    texture_mean, texture_parts = rows
    shape_mean, shape_parts = shape_rows
    tiles = [texture_mean, *texture_parts]
    scales = [scales_of(row) for row in tiles]
    sheet = np.vstack([tile_of(row, scale) for row, scale in zip(tiles, scales)])
    cv2.imwrite(os.path.join(out, "appearance-textures.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 90])
    shape_scale = float(np.abs(shape_parts).max()) / 32000
    model = {
        "version": 1,
        "side": ms.SIDE,
        "mean": np.round(mean, 5).ravel().tolist(),
        "stability": ms.stable_weights().tolist(),
        "outline": ms.OVAL,
        "innerLips": ms.INNER_LIPS,
        "eyes": [ms.RIGHT_EYE, ms.LEFT_EYE],
        "ring": {"grow": ms.RING, "growAbove": ms.RING_ABOVE, "behind": ms.RING_BEHIND},
        "corners": triangles.ravel().tolist(),
        "textureAt": np.round(flat, 3).ravel().tolist(),
        "shapeMean": np.round(shape_mean, 5).tolist(),
        "shapeScale": shape_scale,
        "shapeComponents": [np.round(part / shape_scale).astype(int).tolist() for part in shape_parts],
        "textureScales": [[round(v, 5) for v in scale] for scale in scales],
        "explained": {"texture": round(float(explained[0]), 4), "shape": round(float(explained[1]), 4)},
        "learnedFrom": int(explained[2]),
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
        texture = texture_of(os.path.join(options.portraits, name), aligned, pose, warp, flat)
        detail, _, planes = co.detail_of(texture, inside, sigma)
        if np.hypot(planes[..., 1], planes[..., 2])[inside > 0.5].mean() > COLOUR:
            names.append(name)
            glasses.append(co.glasses_score(detail[..., 0], flat))
            rows.append(packed(detail * fade).astype(np.float32))
    names, rows = clean(names, np.array(rows), np.array(glasses))
    middle, parts, texture_part = co.principal(rows, TEXTURES)
    shapes = co.without_openings(np.array([chosen[name][0] for name in names]), mean).reshape(len(names), -1)
    shape_mean, shape_parts, shape_part = co.principal(shapes, SHAPES)
    os.makedirs(options.out, exist_ok=True)
    write(options.out, (middle, parts), (shape_mean, shape_parts), mean, flat, triangles,
          (texture_part, shape_part, len(names)))
    if options.rows:
        np.savez(options.rows, names=names, rows=rows.astype(np.float16), shapes=shapes)
    print(f"learned from {len(names)} faces of {len(points)}; textures explain {texture_part:.3f}, shapes {shape_part:.3f}")


if __name__ == "__main__":
    main()
