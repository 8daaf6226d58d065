"""Text as coverage masks: any word in any of the Debian fonts listed here, fitted into a rectangle.

Fonts (Debian packages): fonts-dejavu-core, fonts-dejavu-extra, fonts-liberation, fonts-freefont-ttf,
fonts-roboto-unhinted, fonts-open-sans, fonts-lato, fonts-roadgeek, fonts-opendin, fonts-osifont,
fonts-routed-gothic, fonts-league-spartan, fonts-jura, fonts-lobster, fonts-noto-core, fonts-wqy-zenhei.
"""
import functools
import glob
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = '/usr/share/fonts'
GLYPH_PX = 56

PLATE_FILES = (
    'truetype/dejavu/DejaVuSans-Bold.ttf', 'truetype/dejavu/DejaVuSansCondensed-Bold.ttf',
    'truetype/dejavu/DejaVuSansMono-Bold.ttf', 'truetype/dejavu/DejaVuSans.ttf',
    'truetype/liberation/LiberationSans-Bold.ttf', 'truetype/liberation/LiberationSans-Regular.ttf',
    'truetype/liberation/LiberationMono-Bold.ttf', 'truetype/liberation/LiberationSansNarrow-Bold.ttf',
    'truetype/freefont/FreeSansBold.ttf', 'truetype/freefont/FreeSans.ttf', 'truetype/freefont/FreeMonoBold.ttf',
    'truetype/roboto/unhinted/RobotoCondensed-Bold.ttf', 'truetype/roboto/unhinted/RobotoCondensed-Regular.ttf',
    'truetype/open-sans/OpenSans-CondBold.ttf', 'truetype/open-sans/OpenSans-Bold.ttf', 'truetype/lato/Lato-Bold.ttf',
    'truetype/roadgeek/RG2014B.ttf', 'truetype/roadgeek/RG2014C.ttf', 'truetype/roadgeek/RG2014D.ttf',
    'truetype/roadgeek/RG2014E.ttf', 'truetype/roadgeek/RG2014EM.ttf', 'truetype/opendin/OSP-DIN.ttf',
    'truetype/osifont/osifont.ttf', 'truetype/routed-gothic/routed-gothic.ttf',
    'truetype/routed-gothic/routed-gothic-narrow.ttf',
)
WORD_GLOBS = (
    'truetype/dejavu/*.ttf', 'truetype/liberation/*.ttf', 'truetype/freefont/*.ttf', 'truetype/lato/*.ttf',
    'truetype/open-sans/*.ttf', 'truetype/roboto/unhinted/**/*.ttf', 'opentype/jura/*', 'opentype/league-spartan/*',
    'opentype/lobster/*', 'truetype/routed-gothic/*.ttf', 'truetype/roadgeek/*.ttf',
)
WIDE_FILE = 'truetype/wqy/wqy-zenhei.ttc'
SCRIPT_FILES = dict(arabic='truetype/noto/NotoSansArabic-Bold.ttf', thai='truetype/noto/NotoSansThai-Bold.ttf')


@functools.lru_cache(None)
def plate_fonts():
    """Paths of the installed plate-like fonts; fails loudly when there are too few."""
    found = [p for p in (os.path.join(ROOT, f) for f in PLATE_FILES) if os.path.exists(p)]
    if len(found) < 10:
        raise RuntimeError('plate fonts are missing: install the Debian packages named in lettering.py')
    return found


@functools.lru_cache(None)
def word_fonts():
    """Paths of the fonts for signs, badges and clothes."""
    return sorted(p for g in WORD_GLOBS for p in glob.glob(os.path.join(ROOT, g), recursive=True) if os.path.isfile(p))


@functools.lru_cache(256)
def _font(path, size):
    return ImageFont.truetype(path, size)


def font_for(text, latin):
    """The path of a font that has the text's script; `latin` where it is Latin."""
    top = max(map(ord, text), default=0)
    if 0x0600 <= top < 0x0700:
        return os.path.join(ROOT, SCRIPT_FILES['arabic'])
    if 0x0E00 <= top < 0x0E80:
        return os.path.join(ROOT, SCRIPT_FILES['thai'])
    return os.path.join(ROOT, WIDE_FILE) if top > 0x2000 else latin


def text_mask(text, font_path):
    """uint8 [h,w] coverage of the text, cropped to its ink, drawn at GLYPH_PX."""
    font = _font(font_for(text, font_path), GLYPH_PX)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new('L', (max(1, right - left) + 4, max(1, bottom - top) + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), text, fill=255, font=font)
    return np.asarray(image)


def put_text(canvas, text, rect, color, font_path, *, max_stretch=1.25, opacity=1.0):
    """Draws the text, as large as fits, centred in rect (x,y,w,h) of the uint8 RGB canvas; returns its rect."""
    mask = text_mask(text, font_path)
    x, y, w, h = rect
    height = max(2, int(h))
    width = mask.shape[1] * height / mask.shape[0]
    if width > w:
        height = max(2, int(height * max(w / width, 1 / max_stretch)))
        width = min(w, width)
    width = max(2, int(width))
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    left, top = int(x + (w - width) / 2), int(y + (h - height) / 2)
    left, top = max(0, left), max(0, top)
    part = canvas[top:top + height, left:left + width]
    alpha = small[:part.shape[0], :part.shape[1], None].astype(np.float32) * (opacity / 255)
    part[...] = (part * (1 - alpha) + np.asarray(color[:3], np.float32) * alpha).astype(np.uint8)
    return left, top, width, height
