"""Promises: what a lens and a sensor add to a clean render: a little glow, dark corners, grain; and pictures written small."""
import cv2
import numpy as np
from PIL import Image


def develop(pixels, rng, grain=4.0, glow=0.06, corners=0.10, sharpen=0.0):
    """An sRGB picture (height, width, 3), 0..255, with grain of about `grain` levels."""
    out = pixels.astype(np.float32)
    if glow:
        bright = np.maximum(out - 190, 0)
        out += glow * cv2.GaussianBlur(bright, (0, 0), pixels.shape[1] / 110) * 3
    if corners:
        height, width = out.shape[:2]
        y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
        out *= (1 - corners * np.clip(x * x + y * y - .3, 0, 2) / 1.7)[..., None].astype(np.float32)
    if sharpen:
        out += sharpen * (out - cv2.GaussianBlur(out, (0, 0), 1.0))
    light = rng.normal(size=out.shape[:2]).astype(np.float32)
    colour = rng.normal(size=out.shape).astype(np.float32)
    noise = cv2.GaussianBlur(light, (0, 0), .6)[..., None] * 1.5 + .35 * cv2.GaussianBlur(colour, (0, 0), .8)
    tone = .6 + .8 * (1 - np.abs(out.mean(-1, keepdims=True) / 128 - 1))
    return np.clip(out + noise * grain * tone * .7, 0, 255).astype(np.uint8)


def jpeg(path, pixels, quality=86, orientation=None):
    """Writes a JPEG; `orientation` is the EXIF number, the pixels are stored as given."""
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    image.save(path, quality=quality, subsampling=0 if quality > 90 else 2, optimize=True, progressive=True, exif=exif)


def read(path):
    """An RGB picture as an array."""
    return np.asarray(Image.open(path).convert("RGB"))
