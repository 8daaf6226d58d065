"""Adds lit lamps to a crop: light that swamps the camera, with a halo in its colour; none of them is a plate.

Unlike pasted look-alikes they are added to what is there. No plain bright rectangle is among them: an overexposed plate is one.
"""
import cv2
import numpy as np

from scene import bounds, log_uniform, overlaps

# Colour of the halo; the core is white where it is strong enough.
COLOURS = ((255, 40, 50), (255, 40, 50), (255, 60, 120), (255, 150, 50), (255, 235, 200), (220, 235, 255), (120, 170, 255))


def add_glow(crop, rng, taken):
    """One lamp in a free place; returns the whole-pixel rectangle around its core, or None where nothing was free."""
    size = crop.shape[0]
    w = log_uniform(rng, 14, 120)
    h = w / rng.uniform(1.3, 5)
    for _ in range(6):
        x, y = rng.uniform(0, size), rng.uniform(0, size)
        corners = np.array([[x - w / 2, y - h / 2], [x + w / 2, y + h / 2]])
        rect = bounds(corners)
        if overlaps(rect, taken):
            continue
        core = np.zeros((size, size), np.float32)
        rng.choice((two_lamps, comb, dots, streak, crescent))(core, rng, (x, y, w, h))
        shine(crop, core, rng, w)
        taken.append(rect)
        return rect
    return None


def shine(crop, core, rng, w):
    """Adds core (0..1, float32 [n,n]) and its halo to the crop, as a sensor that is swamped shows it."""
    colour = np.float32(rng.choice(COLOURS))
    strength = rng.uniform(0.8, 4)
    sharp = cv2.GaussianBlur(core, (0, 0), max(0.5, w * rng.uniform(0.01, 0.05)))
    halo = cv2.GaussianBlur(core, (0, 0), max(1.0, w * rng.uniform(0.08, 0.35)))
    light = sharp[..., None] * (colour * 0.5 + 128) * strength + halo[..., None] * colour * rng.uniform(0.2, 1.2) * strength
    crop[...] = np.clip(crop + light, 0, 255).astype(np.uint8)


def two_lamps(core, rng, place):
    """Two lobes beside each other, as the lamps over a plate or a double headlamp."""
    x, y, w, h = place
    for side in (-1, 1):
        at = (round(x + side * w * 0.27), round(y + rng.gauss(0, 0.04) * h))
        cv2.ellipse(core, at, (max(1, round(w * rng.uniform(0.12, 0.26))), max(1, round(h * rng.uniform(0.25, 0.5)))), 0, 0, 360, 1, -1)


def comb(core, rng, place):
    """A tail lamp of several bars that fan out."""
    x, y, w, h = place
    bars = rng.randint(2, 4)
    for i in range(bars):
        part = i / (bars - 1) - 0.5
        start = (round(x - w / 2), round(y + part * h * rng.uniform(0.2, 1)))
        end = (round(x + w * rng.uniform(0.2, 0.5)), round(y + part * h))
        cv2.line(core, start, end, 1, max(1, round(h / (bars * rng.uniform(1.6, 4)))))


def dots(core, rng, place):
    """A row or two of points: a string of lights, a far row of street lamps."""
    x, y, w, h = place
    count, slope = rng.randint(3, 9), rng.gauss(0, 0.15)
    for i in range(count):
        part = (i + rng.uniform(0.2, 0.8)) / count - 0.5
        at = (round(x + part * w), round(y + part * slope * w + rng.gauss(0, 0.12) * h))
        cv2.circle(core, at, max(1, round(h * rng.uniform(0.08, 0.3))), rng.uniform(0.4, 1), -1)


def streak(core, rng, place):
    """A flat ellipse: a brake light, an indicator, a lit lamp smeared by movement."""
    x, y, w, h = place
    cv2.ellipse(core, (round(x), round(y)), (max(2, round(w / 2)), max(1, round(h * rng.uniform(0.2, 0.5)))), rng.gauss(0, 6), 0, 360, 1, -1)


def crescent(core, rng, place):
    """A bent band, as daytime running lights are."""
    x, y, w, h = place
    start = rng.choice((0, 90, 180, 270)) + rng.uniform(-30, 30)
    cv2.ellipse(core, (round(x), round(y)), (max(2, round(w / 2)), max(2, round(h / 2))), 0, start, start + rng.uniform(120, 250), 1,
                max(1, round(h * rng.uniform(0.12, 0.35))))
