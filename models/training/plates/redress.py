"""Puts a drawn plate of another country in the place of a real one, so that plates of all countries are seen on real cars.

Spaces as in scene.py. Without this, drawn plates lay anywhere, and what surrounds a plate was learned from one country only.
"""
import cv2
import numpy as np

from draw_plate import draw_plate, view_quad
from scene import Target, bounds, paste

# Widths of plates by their aspect, the widest aspects first.
MILLIMETRES = ((3.4, 520), (2.7, 400), (0, 305))
# Labels of real plates are drawn looser than the plate by about this part of its height on each side.
LOOSE = 0.1
AROUND = 0.3


def millimetres(aspect):
    return next(width for least, width in MILLIMETRES if aspect >= least)


def wipe(crop, quad, rng):
    """Fills the plate's place with what lies around it: the bumper goes on, rough where the picture is."""
    size = crop.shape[0]
    tall = np.linalg.norm(quad[3] - quad[0])
    grown = quad + (quad - quad.mean(0)) * [0.04, LOOSE * 2]
    x1, y1, x2, y2 = bounds(grown)
    room = int(AROUND * tall) + 3
    x1, y1, x2, y2 = max(0, x1 - room), max(0, y1 - room), min(size, x2 + room), min(size, y2 + room)
    if x2 - x1 < 6 or y2 - y1 < 6:
        return
    part = np.ascontiguousarray(crop[y1:y2, x1:x2])
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.int32(np.round(grown - [x1, y1])), 255)
    shrink = min(1.0, 48 / part.shape[1])
    small = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    filled = cv2.inpaint(small, cv2.resize(mask, small.shape[1::-1], interpolation=cv2.INTER_NEAREST), 2, cv2.INPAINT_TELEA)
    filled = cv2.resize(filled, part.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    cv2.setRNGSeed(rng.getrandbits(31))
    grain = np.empty(part.shape, np.float32)
    cv2.randn(grain, 0, rng.uniform(0, 4))
    share = cv2.GaussianBlur(mask, (0, 0), 0.8)[..., None].astype(np.float32) / 255
    crop[y1:y2, x1:x2] = np.clip(part * (1 - share) + (filled + grain) * share, 0, 255).astype(np.uint8)


def redress(crop, target, rng):
    """Replaces the target's plate in the crop by a drawn one of its true size on that car; returns the new Target.

    A plate of 305 x 152 mm is three fifths as wide as the European one that was there and somewhat taller.
    """
    quad = target.quad
    wide = float(np.linalg.norm(quad[1] - quad[0]))
    tall = float(np.linalg.norm(quad[3] - quad[0]))
    wipe(crop, quad, rng)
    picture, corners = draw_plate(rng, max(72, min(420, wide * 1.15)))
    drawn = corners[1] - corners[0], corners[3] - corners[0]
    aspect = float(np.linalg.norm(drawn[0]) / np.linalg.norm(drawn[1]))
    length = wide * millimetres(aspect) / millimetres(wide / max(1.0, tall)) * rng.uniform(0.85, 1.15)
    h, w = picture.shape[:2]
    full = length * w / float(np.linalg.norm(drawn[0]))
    flat = view_quad((full, full * h / w), rng, strong=False) if rng.random() < 0.3 else slanted(full, full * h / w, rng)
    along = quad[1] - quad[0]
    turn = np.arctan2(along[1], along[0])
    c, s = np.cos(turn), np.sin(turn)
    at = quad.mean(0) + [rng.gauss(0, 0.06) * wide, rng.gauss(0, 0.12) * tall]
    placed = np.float32(flat @ np.array([[c, s], [-s, c]]) + at)
    paste(crop, picture, placed, rng, abs(rng.gauss(0, 0.6)) + (length * rng.uniform(0, 0.02) if rng.random() < 0.4 else 0))
    onto = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), placed)
    return Target(cv2.perspectiveTransform(corners[None], onto)[0], box_only=False)


def slanted(width, height, rng):
    """Corners of a plate on a car ahead, seen nearly from behind: its long edges slope a little, float64 [4,2] around 0,0."""
    slope, narrow = rng.gauss(0, 0.05), rng.uniform(0.8, 1.0)
    w, h = width * narrow / 2, height / 2
    return np.array([[-w, -h - w * slope], [w, -h + w * slope], [w, h + w * slope], [-w, h - w * slope]])
