"""Promises: the drawn pattern of a garment (seams, zips, pockets, stripes, prints) in its flat layout.

The layout is WIDE x HIGH metres: the front around u = 1, the back around u = 3, v is the height over the ground in rest pose.
"""
import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

WIDE, HIGH = 4.0, 2.0
SCALE = 400  # pixels a metre


def srgb(colour):
    """Linear 0..1 to sRGB 0..255."""
    c = np.clip(np.asarray(colour, float), 0, 1)
    return tuple(int(x) for x in 255 * np.where(c < 0.0031, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055))


def draw(garment):
    """The pattern as an array (height, width, 3), sRGB 0..255."""
    base = srgb(garment["colour"])
    width, height = int(WIDE * SCALE), int(HIGH * SCALE)
    image = Image.new("RGB", (width, height), base)
    pen = ImageDraw.Draw(image)

    def at(u, v):
        return (u * SCALE, height - v * SCALE)

    def line(points, colour, thick):
        pen.line([at(*p) for p in points], fill=colour, width=max(1, int(thick * SCALE)))

    dark = tuple(int(c * 0.55) for c in base)
    kind = garment["kind"]
    if garment.get("stripes"):
        for v in np.arange(0.6, 1.8, garment.get("stripe", 0.07)):
            pen.rectangle([0, height - (v + garment.get("stripe", 0.07) * .4) * SCALE, width, height - v * SCALE], fill=srgb(garment["stripes"]))
    if garment.get("checks"):
        over = Image.new("L", (width, height), 0)
        grid = ImageDraw.Draw(over)
        for u in np.arange(0, WIDE, 0.08):
            grid.rectangle([u * SCALE, 0, (u + 0.035) * SCALE, height], fill=110)
        cross = Image.new("L", (width, height), 0)
        grid = ImageDraw.Draw(cross)
        for v in np.arange(0, HIGH, 0.08):
            grid.rectangle([0, v * SCALE, width, (v + 0.035) * SCALE], fill=110)
        mask = Image.fromarray(np.minimum(np.asarray(over, int) + np.asarray(cross, int), 255).astype(np.uint8))
        image.paste(srgb(garment["checks"]), mask=mask)
        pen = ImageDraw.Draw(image)
    if garment.get("open"):  # a shirt shows between the fronts
        pen.polygon([at(1 - .11, 1.75), at(1 + .11, 1.75), at(1 + .035, 0.9), at(1 - .035, 0.9)], fill=srgb(garment["open"]))
        for side in (-1, 1):
            line([(1 + side * .11, 1.75), (1 + side * .035, 0.9)], dark, 0.012)
            line([(1 + side * .18, 1.6), (1 + side * .075, 1.28)], dark, 0.005)
    elif kind in ("jacket", "coat"):
        line([(1, 0), (1, 2)], dark, 0.012)
        line([(1, 0), (1, 2)], (150, 150, 150), 0.004)
    if kind in ("jacket", "coat"):
        for side in (-1, 1):
            line([(1 + side * .09, 1.0), (1 + side * .16, 1.08)], dark, 0.008)
    if kind == "jeans":
        for u in (1, 3):
            for side in (-1, 1):
                line([(u + side * .10, 1.02), (u + side * .15, .92)], dark, 0.006)
            line([(u, 0.8), (u, 1.1)], dark, 0.006)
            line([(u - .3, 0.985), (u + .3, 0.985)], dark, 0.006)
    pixels = np.asarray(image, float)
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(height, width))
    mottled = gaussian_filter(noise, 25) * 25 * 0.035 + gaussian_filter(noise, 2) * 2 * 0.05
    if kind == "jeans":
        u = np.abs(np.arange(width) / SCALE % 2 - 1)
        worn = np.exp(-((u - 0.12) / 0.045) ** 2) * 0.45
        pixels = pixels * (1 + worn[None, :, None])
    return np.clip(pixels * (1 + mottled[..., None]), 0, 255)
