"""Promises: strands of hair, brows and beard as poly-lines in rest pose (metres), grown from places painted on the skin."""
from functools import lru_cache

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

import figure
import paths


@lru_cache(maxsize=None)
def places():
    """Masks on the 1024 px skin: 'scalp' and 'brow', read off the one skin that has hair and brows painted on it."""
    pixels = np.asarray(Image.open(paths.skin("young_caucasian_female_special_suit")).convert("L"), float)
    dark = pixels < 105
    dark[:, :640] = False
    dark[:150] = dark[900:] = False
    labels, count = ndimage.label(dark)
    scalp, brow = np.zeros_like(dark), np.zeros_like(dark)
    for part in range(1, count + 1):
        here = labels == part
        size = here.sum()
        y, x = np.nonzero(here)
        if size > 4000:
            scalp |= here
        elif size > 12 and 838 < x.mean() < 862 and 430 < y.mean() < 620:
            brow |= here
    scalp = ndimage.binary_closing(scalp, iterations=3)
    return {"scalp": ndimage.binary_opening(scalp, iterations=2), "brow": ndimage.binary_dilation(brow, iterations=1)}


def lookup(mask, coords):
    """The mask's value at texture coordinates (v up)."""
    height, width = mask.shape
    x = np.clip((coords[:, 0] * width).astype(int), 0, width - 1)
    y = np.clip(((1 - coords[:, 1]) * height).astype(int), 0, height - 1)
    return mask[y, x]


def triangles(faces):
    """Quads split: (n, 3, 2) index pairs of point and texture coordinate."""
    return np.array([[f[0], f[i], f[i + 1]] for f in faces for i in range(1, len(f) - 1)])


def roots(points, faces, coords, mask, count, rng):
    """Random places on the surface where the mask is set: positions and normals, at most `count` of them."""
    tri = triangles(faces)
    corner = points[tri[:, :, 0]]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(cross, axis=1)
    middle = coords[tri[:, :, 1]].mean(1)
    near = lookup(ndimage.binary_dilation(mask, iterations=12), middle)
    area = area * near
    pick = rng.choice(len(tri), count * 4, p=area / area.sum())
    a, b = rng.random((2, count * 4))
    flip = a + b > 1
    a[flip], b[flip] = 1 - a[flip], 1 - b[flip]
    bary = np.stack([1 - a - b, a, b], 1)
    place = np.einsum("nk,nkj->nj", bary, corner[pick])
    texture = np.einsum("nk,nkj->nj", bary, coords[tri[pick][:, :, 1]])
    keep = np.nonzero(lookup(mask, texture))[0][:count]
    return place[keep], unit(cross[pick][keep])


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


def wave(points, rng, scale=18.0):
    """A smooth pseudo-random direction for every point (same place, same direction): the locks."""
    out = np.zeros_like(points)
    for _ in range(4):
        k = rng.normal(size=(3, 3)) * scale
        out += np.sin(points @ k.T + rng.uniform(0, 6.28, 3))
    return out / 2


class Skull:
    """Keeps strands outside the head, neck and shoulders."""

    def __init__(self, points, faces):
        tri = triangles(faces)[:, :, 0]
        corner = points[tri]
        cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        self.normal = np.tile(unit(cross), (2, 1))
        self.place = np.concatenate([corner.mean(1), corner[:, 0] * .5 + corner[:, 1] * .25 + corner[:, 2] * .25])
        self.tree = cKDTree(self.place)

    def outside(self, points, margin):
        """Points pushed out to at least `margin` metres over the surface."""
        _, near = self.tree.query(points)
        depth = np.einsum("nj,nj->n", points - self.place[near], self.normal[near])
        return points + self.normal[near] * np.maximum(margin - depth, 0)[:, None]


def grow(place, normal, skull, rng, length, steps, comb, lift=0.5, gravity=0.0, locks=0.3, margin=(0.001, 0.012), stiff=2.0):
    """Strands from `place`: (n, steps + 1, 3). `comb(points)` gives the wanted direction; `locks` how much it wanders."""
    count = len(place)
    size = length * rng.uniform(0.75, 1.1, count) / steps
    layer = rng.uniform(*margin, count)
    field = np.random.default_rng(rng.integers(1 << 30))
    freeze = field.bit_generator.state
    line, point = [place], place
    way = unit(normal * lift + comb(place) + rng.normal(size=place.shape) * 0.08)
    for step in range(steps):
        field.bit_generator.state = freeze
        ease = (step + 1) / steps
        want = comb(point) + wave(place, field) * locks + rng.normal(size=place.shape) * 0.05
        want = unit(want) + np.array([0, 0, -gravity * ease])
        way = unit(way * stiff + want)
        point = skull.outside(point + way * size[:, None], layer * min(1, ease * 2.5))
        line.append(point)
    return np.stack(line, 1)


def scalp_hair(style, fig, skull, faces, coords, rng, count):
    """Strands of a named style: short, crop, side, bob, long, curls."""
    place, normal = roots(fig.rest, faces, coords, places()["scalp"], count, rng)
    low, high = place.min(0), place.max(0)
    middle = (low + high) / 2
    top = high[2]
    side = np.sign(place[:, 0] - 0.018)

    def short(p):
        up = np.clip((p[:, 2] - middle[2]) / (top - middle[2]), 0, 1)[:, None]
        flat = np.stack([np.sign(p[:, 0]) * 0.15, np.full(len(p), 0.35), np.full(len(p), -1.0)], 1)
        crown = np.stack([np.full(len(p), 0.55), np.full(len(p), -0.7), np.full(len(p), 0.25)], 1)
        return unit(flat * (1 - up) + crown * up)

    def swept(p):
        up = np.clip((p[:, 2] - middle[2]) / (top - middle[2]), 0, 1)[:, None]
        flat = np.stack([np.sign(p[:, 0]) * 0.1, np.full(len(p), 0.8), np.full(len(p), -0.7)], 1)
        crown = np.stack([np.full(len(p), 0.75), np.full(len(p), 0.75), np.full(len(p), 0.15)], 1)
        return unit(flat * (1 - up) + crown * up)

    def falling(p):
        front = np.clip((middle[1] - p[:, 1]) / (middle[1] - low[1]), -1, 1)
        high_up = np.clip((p[:, 2] - middle[2]) / (top - middle[2]), 0, 1)
        outward = side * (0.9 * high_up ** 1.2 - 0.12 * (high_up <= 0))
        back = 0.5 * np.clip(front, 0, 1) * (p[:, 2] > low[2] + 0.02)
        return unit(np.stack([outward, back * (0.5 + high_up), -1.0 + 0.4 * high_up], 1))

    styles = {
        "crop": dict(length=0.016, steps=4, comb=short, lift=0.9, locks=0.35, margin=(0.001, 0.006)),
        "short": dict(length=0.045, steps=7, comb=short, lift=0.7, locks=0.45, margin=(0.001, 0.018)),
        "side": dict(length=0.065, steps=8, comb=swept, lift=1.0, locks=0.35, margin=(0.001, 0.024)),
        "bob": dict(length=0.26, steps=18, comb=falling, lift=0.3, gravity=1.6, locks=0.14, margin=(0.003, 0.022), stiff=0.9),
        "long": dict(length=0.42, steps=24, comb=falling, lift=0.3, gravity=1.6, locks=0.16, margin=(0.003, 0.024), stiff=0.9),
    }
    if style == "curls":
        lines = grow(place, normal, skull, rng, 0.03, 9, lambda p: unit(p - middle), lift=1, locks=0.4, margin=(0.001, 0.03))
        turn = np.linspace(0, 14, lines.shape[1])[None] + rng.uniform(0, 6.28, (len(lines), 1))
        lines[:, :, 0] += 0.0035 * np.sin(turn) * np.linspace(0, 1, lines.shape[1])
        lines[:, :, 2] += 0.0035 * np.cos(turn) * np.linspace(0, 1, lines.shape[1])
        return lines
    lines = grow(place, normal, skull, rng, **styles[style])
    eye = fig.joint("joint-l-eye")
    face = (np.abs(lines[..., 0]) < eye[0] * 1.75) & (lines[..., 1] < eye[1] + 0.012) & (lines[..., 2] < eye[2] + 0.045) & (lines[..., 2] > eye[2] - 0.14)
    return lines[~face.any(1)]


def brow_hair(fig, skull, faces, coords, rng, count=700):
    """Eyebrows: short flat strands that point away from the nose."""
    place, normal = roots(fig.rest, faces, coords, places()["brow"], count, rng)
    side = np.sign(place[:, 0])
    inner = np.abs(place[:, 0]).min()
    outer = np.abs(place[:, 0]).max()
    t = ((np.abs(place[:, 0]) - inner) / (outer - inner))[:, None]
    way = np.stack([side, np.full(len(side), 0.35), 0.55 - 0.9 * t[:, 0]], 1)
    return grow(place, normal, skull, rng, 0.008, 4, lambda p: unit(way), lift=0.35, locks=0.1, margin=(0.0006, 0.0022))


def skin_head_faces():
    """Faces and texture coordinates of the base mesh's skin."""
    _, coords, groups = figure.base()
    return groups["body"], coords
