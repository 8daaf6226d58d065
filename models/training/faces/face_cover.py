"""Draws on a cut-out person what hides a part of a face: masks, dark glasses, caps, hoods; or hair over all of it, seen from behind.

Everything is in pixels of the RGBA cut-out; a frame on the face has its origin between the eyes, x to the right eye.
"""
import math

import cv2
import numpy as np

MASK_COLOURS = ((150, 195, 220), (235, 235, 235), (245, 245, 245), (25, 25, 28), (45, 50, 70), (120, 40, 45), (170, 170, 160), (60, 90, 70))
CLOTHS = ((20, 20, 22), (200, 200, 200), (30, 45, 90), (130, 30, 30), (90, 80, 60), (70, 75, 80), (230, 190, 60), (190, 120, 140))


class FaceFrame:
    """Where things of a face lie: points [5,2] are eyes, nose, mouth corners, left of the picture first."""

    def __init__(self, box, points):
        eyes, self.nose, mouth = (points[0] + points[1]) / 2, points[2], (points[3] + points[4]) / 2
        self.eyes, self.mouth, self.points = eyes, mouth, points
        self.width, self.height = box[2] - box[0], box[3] - box[1]
        self.middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        down = mouth - eyes
        self.down = down / max(1e-3, np.linalg.norm(down))
        self.right = np.array([self.down[1], -self.down[0]])
        self.chin = mouth + down * 0.72
        self.side = float((self.middle - eyes) @ self.right)  # of a face turned aside the middle of the box is not between the eyes

    def at(self, across, along):
        """A point `along` face heights below the eyes and `across` face widths right of the face's middle line."""
        return self.eyes + self.down * along * self.height + self.right * (across * self.width + self.side)


def shifted(colour, rng, much=18):
    return tuple(int(np.clip(c + rng.gauss(0, much), 0, 255)) for c in colour)


def fill(person, shape, colour, softness=0.8):
    """Paints a polygon over the person's colours, lit from above as cloth is, and makes it opaque."""
    shape = np.int32(np.round(shape))
    room = int(softness * 3) + 1
    low, high = np.maximum(shape.min(0) - room, 0), shape.max(0) + room + 1
    part = person[low[1]:high[1], low[0]:high[0]]
    if part.size == 0:
        return
    cover = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(cover, [shape - low], 255, cv2.LINE_AA)
    cover = cv2.GaussianBlur(cover, (0, 0), softness)
    share = cover[..., None].astype(np.float32) / 255
    light = np.linspace(1.12, 0.77, part.shape[0], dtype=np.float32)[:, None, None]
    part[..., :3] = np.clip(part[..., :3] * (1 - share) + np.float32(colour) * light * share, 0, 255).astype(np.uint8)
    part[..., 3] = np.maximum(part[..., 3], cover)


def mask(person, face, rng):
    """A mask over nose and mouth; now and then only over the mouth."""
    top = face.eyes + (face.nose - face.eyes) * (rng.uniform(0.25, 0.7) if rng.random() < 0.85 else 1.25)
    along = float((top - face.eyes) @ face.down) / face.height
    wide = rng.uniform(0.38, 0.5)
    chin = float((face.chin - face.eyes) @ face.down) / face.height + rng.uniform(-0.03, 0.06)
    colour = shifted(rng.choice(MASK_COLOURS), rng)
    shape = [top, face.at(wide * 0.6, along + 0.06), face.at(wide, along + rng.uniform(0.08, 0.18)), face.at(wide * 0.92, chin * 0.72),
             face.at(wide * 0.5, chin), face.at(-wide * 0.5, chin), face.at(-wide * 0.92, chin * 0.72),
             face.at(-wide, along + rng.uniform(0.08, 0.18)), face.at(-wide * 0.6, along + 0.06)]
    fill(person, np.array(shape), colour)
    for part in (rng.random(), rng.random(), rng.random())[:rng.randint(0, 3)]:
        y = along + 0.1 + (chin - along - 0.15) * part
        ends = [tuple(np.int32(face.at(side * wide * 0.85, y))) for side in (-1, 1)]
        cv2.line(person, *(tuple(map(int, e)) for e in ends), (*shifted([c * 0.85 for c in colour], rng, 8), 255), 1, cv2.LINE_AA)
    if rng.random() < 0.7:
        for side in (-1, 1):
            start, end = face.at(side * wide, along + 0.14), face.at(side * 0.55, rng.uniform(0, 0.1))
            cv2.line(person, tuple(map(int, start)), tuple(map(int, end)), (*colour, 255), 1, cv2.LINE_AA)
    if rng.random() < 0.2:
        spot = face.at(rng.uniform(-0.2, 0.2), (along + chin) / 2)
        cv2.circle(person, tuple(map(int, spot)), int(face.width * rng.uniform(0.04, 0.12)), (*shifted(rng.choice(CLOTHS), rng), 255), -1)


def glasses(person, face, rng):
    colour = shifted((25, 25, 30) if rng.random() < 0.8 else (120, 80, 50), rng, 8)
    round_x, round_y = face.width * rng.uniform(0.14, 0.2), face.height * rng.uniform(0.07, 0.12)
    tilt = math.degrees(math.atan2(face.right[1], face.right[0]))
    for eye in face.points[:2]:
        cv2.ellipse(person, (tuple(map(float, eye + face.down * face.height * 0.02)), (2 * round_x, 2 * round_y), tilt), (*colour, 255), -1)
    cv2.line(person, *(tuple(map(int, p)) for p in face.points[:2]), (*colour, 255), 2)


def cap(person, face, rng):
    """A cap, hat, helmet or scarf from the brow up."""
    brow = -rng.uniform(0.1, 0.3)
    wide, high = rng.uniform(0.55, 0.68), brow - rng.uniform(0.3, 0.55)
    colour = shifted(rng.choice(CLOTHS), rng)
    dome = [face.at(wide * math.cos(a), brow + (high - brow) * math.sin(a)) for a in np.linspace(0, math.pi, 14)]
    fill(person, np.array(dome), colour)
    if rng.random() < 0.6:
        brim = rng.uniform(0.5, 0.95)
        shape = [face.at(-brim, brow - 0.02), face.at(brim, brow - 0.02), face.at(brim * 0.7, brow + rng.uniform(0.02, 0.1)),
                 face.at(-brim * 0.7, brow + 0.05)]
        fill(person, np.array(shape), shifted([c * 0.7 for c in colour], rng, 6))


def hood(person, face, rng):
    """Cloth all around the face: a hood or a headscarf."""
    colour = shifted(rng.choice(CLOTHS), rng)
    outer, inner = rng.uniform(0.68, 0.85), rng.uniform(0.42, 0.5)
    top = -rng.uniform(0.25, 0.35)
    chin = float((face.chin - face.eyes) @ face.down) / face.height
    middle, reach = (top + chin) / 2, (chin - top) / 2

    def ring(part, far):
        return [face.at(part * math.cos(a), middle + reach * far * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 28)]
    fill(person, np.array(ring(outer, 1.35) + ring(inner, 1.0)[::-1]), colour)


def from_behind(person, face, rng):
    """Hair over the whole face: a head that is no face."""
    crown = face.at(0, -0.5)
    y, x = (int(np.clip(v, 2, n - 3)) for v, n in zip(crown[::-1], person.shape))
    hair = person[y - 2:y + 3, x - 2:x + 3, :3].reshape(-1, 3).mean(0)
    if rng.random() < 0.5:
        hair = np.float32(rng.choice(((25, 22, 20), (50, 36, 28), (95, 70, 50), (150, 140, 130), (190, 160, 120), (150, 100, 80))))
    chin = float((face.chin - face.eyes) @ face.down) / face.height
    low = rng.uniform(0.6, 1.3) * chin
    wide = rng.uniform(0.5, 0.62)
    shape = [face.at(wide * math.cos(a), (low - 0.45) / 2 + (low + 0.45) / 2 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 24)]
    before = person.copy()
    fill(person, np.array(shape), hair, softness=2)
    changed = (before[..., :3] != person[..., :3]).any(2)
    grain = np.empty(person.shape[:2], np.int16)
    cv2.setRNGSeed(rng.getrandbits(31))
    cv2.randn(grain, 0, rng.uniform(4, 22))
    grain = cv2.blur(grain, (1, rng.choice((3, 5, 9))))
    strands = np.clip(person[..., :3].astype(np.int16) + grain[..., None], 0, 255).astype(np.uint8)
    person[changed, :3] = strands[changed]


def covered(person, face, rng):
    """Draws a random cover or none; False where no face is left to see."""
    if rng.random() < 0.13:
        from_behind(person, face, rng)
        if rng.random() < 0.3:
            cap(person, face, rng)
        return False
    if rng.random() < 0.1:
        hood(person, face, rng)
    if rng.random() < 0.12:
        glasses(person, face, rng)
    if rng.random() < 0.4:
        mask(person, face, rng)
    if rng.random() < 0.2:
        cap(person, face, rng)
    return True
