"""Builds one training crop: a real picture, drawn plates and look-alikes on it, and a camera's faults over all.

Spaces: source pixels (the stored picture), crop pixels (what the network sees). Colours are RGB uint8.
"""
import math
from dataclasses import dataclass

import cv2
import numpy as np

from draw_decoy import badge, draw_decoy, emblem, grille, sign
from draw_plate import draw_plate, jitter, view_quad

# Narrower than this, in crop pixels, a plate without a car around it is like any dash of a lane, and is not drawn.
FAR = 26
PAINTS = ((235, 235, 235), (20, 20, 22), (120, 125, 130), (185, 188, 190), (140, 20, 25), (25, 50, 110), (60, 80, 60), (200, 180, 140),
          (60, 60, 65), (240, 200, 40))


@dataclass
class Target:
    """One plate in crop pixels. A box-only truth was a level rectangle before the crop was turned."""
    quad: np.ndarray
    box_only: bool


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def plate_width(rng, widths):
    """A plate's width in crop pixels: as many small as large ones by ratio, and some more of the large."""
    low, high = widths
    return log_uniform(rng, low, high) if rng.random() < 0.7 else rng.uniform(low, high)


def crop_matrix(rng, *, at, scale, angle, size, spread=0.36):
    """2x3 affine from source to crop pixels that brings `at` somewhere near the middle of the crop."""
    c, s = math.cos(angle) * scale, math.sin(angle) * scale
    goal = [size * (0.5 + rng.uniform(-spread, spread)) for _ in range(2)]
    turn = np.array([[c, -s], [s, c]])
    return np.hstack((turn, (np.array(goal) - turn @ np.asarray(at, float))[:, None]))


def move(points, matrix):
    """[n,2] points through a 2x3 affine."""
    return (np.asarray(points, float) @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def box_corners(box):
    x1, y1, x2, y2 = box
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]


def take_crop(pixels, matrix, around):
    """The crop, with `around` (uint8 [size,size,3]) where the picture ends.

    A picture that is shrunk is shrunk by area first, so that thin strokes do not alias.
    """
    size = around.shape[0]
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    if scale < 0.75:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        matrix = np.hstack((matrix[:, :2] / scale, matrix[:, 2:]))
    return cv2.warpAffine(pixels, matrix, (size, size), around, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)


def bounds(points):
    """Whole-pixel x1,y1,x2,y2 around points, rounded outwards."""
    low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int)
    return low[0], low[1], high[0], high[1]


def overlaps(rect, others, room=3):
    return any(rect[0] - room < o[2] and rect[2] + room > o[0] and rect[1] - room < o[3] and rect[3] + room > o[1] for o in others)


def light_up(rgb, under, rng):
    """Drawn colours in the light of the place they are pasted onto (mean colour `under`)."""
    level = float(under.mean()) + 12
    cast = (under + 12) / level
    power = rng.uniform(0, 1)
    gain = (level / 135) ** power * math.exp(rng.gauss(0, 0.25))
    lit = rgb.astype(np.float32) * gain * cast ** rng.uniform(0, 1)
    haze = rng.uniform(0, 0.3) if rng.random() < 0.4 else 0
    return lit * (1 - haze) + under * haze


def paste(crop, rgba, quad, rng, blur):
    """Warps the RGBA picture onto quad (crop pixels) and blends it in."""
    size = crop.shape[0]
    x1, y1, x2, y2 = bounds(quad)
    x1, y1, x2, y2 = max(0, x1 - 2), max(0, y1 - 2), min(size, x2 + 2), min(size, y2 + 2)
    if x2 - x1 < 2 or y2 - y1 < 2:
        return
    h, w = rgba.shape[:2]
    span = max(np.linalg.norm(quad[1] - quad[0]), 2.0)
    if w > span * 1.5:
        rgba = cv2.resize(rgba, (max(2, int(span * 1.1)), max(2, int(h * span * 1.1 / w))), interpolation=cv2.INTER_AREA)
        h, w = rgba.shape[:2]
    flat = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
    onto = cv2.getPerspectiveTransform(flat, np.float32(quad - [x1, y1]))
    warped = cv2.warpPerspective(rgba, onto, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
    part = crop[y1:y2, x1:x2]
    lit = light_up(warped[..., :3], part.reshape(-1, 3).mean(0), rng)
    alpha = warped[..., 3:].astype(np.float32) / 255
    if blur > 0.25:
        lit = cv2.GaussianBlur(lit, (0, 0), blur)
        alpha = cv2.GaussianBlur(alpha, (0, 0), blur)[..., None]
    part[...] = np.clip(part * (1 - alpha) + lit * alpha, 0, 255).astype(np.uint8)


def car_panel(rng, plate, corners):
    """The plate (or nothing) on a drawn boot lid or bumper with badges and stickers around it; moves the corners."""
    ph, pw = plate.shape[:2]
    w, h = int(pw * rng.uniform(1.5, 3.2)), int(ph * rng.uniform(2.2, 5))
    paint = np.float32(jitter(rng.choice(PAINTS), rng))
    if rng.random() < 0.25:  # a white plate on a white car, a blue one on a blue
        paint = plate[ph // 3:-ph // 3, pw // 4:-pw // 4, :3].reshape(-1, 3).mean(0) * rng.uniform(0.6, 1.2)
    shade = np.linspace(rng.uniform(0.8, 1.2), rng.uniform(0.4, 1.1), h, dtype=np.float32)[:, None, None]
    panel = np.clip(np.broadcast_to(paint * shade, (h, w, 3)), 0, 255).astype(np.uint8)
    panel = np.dstack((panel, np.full((h, w), 255, np.uint8)))
    body_edges(panel, rng)
    for _ in range(rng.randint(0, 4)):
        y = rng.randint(0, h - 1)
        cv2.line(panel, (0, y), (w, y + rng.randint(-h // 12, h // 12)), (*(int(c * rng.uniform(0.4, 1.4)) % 256 for c in paint), 255),
                 max(1, h // 60))
    x, y = int((w - pw) * rng.uniform(0.35, 0.65)), int((h - ph) * rng.uniform(0.25, 0.75))
    if rng.random() < 0.45:
        grow_x, grow_y = int(pw * rng.uniform(0.03, 0.2)), int(ph * rng.uniform(0.05, 0.5))
        dark = rng.uniform(0.3, 0.9)
        recess = panel[max(0, y - grow_y):y + ph + grow_y, max(0, x - grow_x):x + pw + grow_x, :3]
        recess[...] = (recess * dark).astype(np.uint8)
    taken = [(x, y, x + pw, y + ph)]
    for _ in range(rng.randint(1, 4)):
        thing = rng.choice((badge, badge, badge, emblem, sign))(rng, pw * rng.uniform(0.2, 0.8))
        th, tw = thing.shape[:2]
        if th >= h or tw >= w:
            continue
        tx, ty = rng.randint(0, w - tw), rng.randint(0, h - th)
        if not overlaps((tx, ty, tx + tw, ty + th), taken, 1):
            _lay(panel, thing, tx, ty)
            taken.append((tx, ty, tx + tw, ty + th))
    _lay(panel, plate, x, y)
    edge = max(2, min(h, w) // 16)
    panel[:edge, :, 3] = panel[-edge:, :, 3] = panel[:, :edge, 3] = panel[:, -edge:, 3] = 0
    panel[..., 3] = cv2.blur(panel[..., 3], (edge, edge))
    return panel, corners + np.float32([x, y])


def body_edges(panel, rng):
    """What a bumper has around its plate: bands of other light, a bent crease, a grille from side to side."""
    h, w = panel.shape[:2]
    for _ in range(rng.choice((0, 1, 1, 2))):
        bend, y = rng.uniform(-0.25, 0.25) * h, rng.uniform(0, h)
        edge = [(x, y + bend * (2 * x / w - 1) ** 2 + rng.gauss(0, 0.01) * h) for x in np.linspace(0, w, 7)]
        high = rng.uniform(0.1, 0.6) * h * rng.choice((-1, 1))
        shape = np.int32([*edge, *((x, yy + high) for x, yy in reversed(edge))])
        layer = panel[..., :3].copy()
        cv2.fillPoly(layer, [shape], [float(c) * rng.uniform(0.25, 1.5) for c in panel[h // 2, w // 2, :3]])
        panel[..., :3] = layer
    if rng.random() < 0.3:
        thing = grille(rng, w)[:h]
        _lay(panel, thing, 0, rng.randint(0, h - thing.shape[0]))


def _lay(panel, thing, x, y):
    part = panel[y:y + thing.shape[0], x:x + thing.shape[1], :3]
    alpha = thing[:part.shape[0], :part.shape[1], 3:].astype(np.float32) / 255
    part[...] = (part * (1 - alpha) + thing[:part.shape[0], :part.shape[1], :3] * alpha).astype(np.uint8)


def place(crop, rgba, length, rng, taken, *, strong):
    """Finds a free place for the picture, `length` crop pixels long, and pastes it.

    Returns the 3x3 homography from picture to crop pixels, or None where nothing was free.
    """
    size = crop.shape[0]
    h, w = rgba.shape[:2]
    quad = view_quad((length, length * h / w), rng, strong=strong)
    for _ in range(8):
        at = np.array([rng.uniform(0.02, 0.98) * size, rng.uniform(0.02, 0.98) * size])
        rect = bounds(quad + at)
        inside = (min(rect[2], size) - max(rect[0], 0)) * (min(rect[3], size) - max(rect[1], 0))
        if inside > 0.6 * (rect[2] - rect[0]) * (rect[3] - rect[1]) and not overlaps(rect, taken):
            blur = abs(rng.gauss(0, 0.5)) + (length * rng.uniform(0, 0.012) if rng.random() < 0.3 else 0)
            paste(crop, rgba, quad + at, rng, blur)
            taken.append(rect)
            return cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), np.float32(quad + at))
    return None


def add_plate(crop, rng, taken, widths):
    """Draws and places one plate; returns its Target or None."""
    width = plate_width(rng, widths)
    picture, corners = draw_plate(rng, max(72, min(420, width * 1.15)))
    drawn = corners[1, 0] - corners[0, 0]
    if width < FAR or rng.random() < 0.5:
        picture, corners = car_panel(rng, picture, corners)
    onto = place(crop, picture, width * picture.shape[1] / drawn, rng, taken, strong=rng.random() < 0.6)
    if onto is None:
        return None
    return Target(cv2.perspectiveTransform(corners[None], onto)[0], box_only=False)


def add_decoy(crop, rng, taken):
    """Draws and places one thing that is no plate; returns the rectangle around it or None."""
    length = log_uniform(rng, 20, crop.shape[0] * 0.8)
    thing = draw_decoy(rng, max(48, min(360, length * 1.1)), length)
    if rng.random() < 0.25:
        thing, _ = car_panel(rng, thing, np.zeros((4, 2), np.float32))
        length *= 2
    onto = place(crop, thing, length, rng, taken, strong=rng.random() < 0.3)
    return taken[-1] if onto is not None else None
