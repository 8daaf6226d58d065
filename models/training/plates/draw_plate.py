"""Draws one plate flat, as an RGBA picture with room for its holder, and says where its four corners are."""
import math

import cv2
import numpy as np

from lettering import plate_fonts, put_text
from plate_styles import STYLES, WHITE, YELLOW, fill

EU_BLUE = (20, 60, 160)
STATE_WORDS = ('ARIVADA', 'NORTH LAKE', 'Westmoor', 'CALDERA', 'New Haven', 'Monterra', 'SILVERADO', 'Oakland Bay',
               'Virelia', 'TENNOVA', 'Floriana', 'East Dakona', 'MARYMONT', 'Geolina')
SLOGANS = ('The Sunny State', 'Land of Lakes', 'FIRST IN SNOW', 'Great Rivers', 'www.state.gov', 'Explore', 'Wild and Free')
DEALERS = ('AUTO CENTER', 'www.autohaus.com', 'City Motors', 'DEALER', 'Best Cars 4 You', 'auto-plaza.ro', 'TOYS MOTORS')
COUNTRY = ('D', 'F', 'RO', 'PL', 'NL', 'I', 'E', 'B', 'GB', 'HU', 'CZ', 'SK', 'IND', 'N', 'S', 'UA', 'BR')


def jitter(color, rng, amount=14):
    """The colour moved a little, worn or washed."""
    return tuple(min(255, max(0, int(c + rng.gauss(0, amount)))) for c in color)


def draw_plate(rng, width_px):
    """Draws a random plate about width_px wide.

    Returns (rgba uint8 [h,w,4], corners float32 [4,2]): top-left, top-right, bottom-right, bottom-left
    of the plate itself, without its holder, in pixels of the returned picture.
    """
    style = rng.choices(STYLES, [s['weight'] for s in STYLES])[0]
    aspect = style['size'][0] / style['size'][1] * rng.uniform(0.93, 1.07)
    w = max(24, int(width_px))
    h = max(8, int(round(w / aspect)))
    face, ink = (jitter(c, rng) for c in rng.choice(style['pairs']))
    plate = np.full((h, w, 3), face, np.uint8)
    if style.get('gradient') and rng.random() < 0.7:
        _shade(plate, jitter(rng.choice((WHITE, YELLOW, (120, 170, 230), (240, 160, 120))), rng), rng)
    if style.get('scenery') and rng.random() < 0.45:
        _scenery(plate, rng)
    area = _band(plate, style.get('band') if rng.random() < 0.85 else None, ink, rng)
    _rows(plate, area, style, ink, rng)
    _edge_and_bolts(plate, ink, rng)
    if style.get('scenery') and rng.random() < 0.4:
        _stickers(plate, rng)
    if rng.random() < 0.3:
        _dirt(plate, rng)
    return _hold(plate, rng)


def _shade(plate, other, rng):
    ramp = np.linspace(0, rng.uniform(0.3, 1), plate.shape[0], dtype=np.float32)[:, None, None]
    ramp = ramp if rng.random() < 0.5 else ramp[::-1]
    plate[...] = (plate * (1 - ramp) + np.asarray(other, np.float32) * ramp).astype(np.uint8)


def _scenery(plate, rng):
    """Hills, a sun or a fruit behind the text, paler than the text."""
    h, w = plate.shape[:2]
    over = plate.copy()
    for _ in range(rng.randint(1, 3)):
        color = (rng.randint(90, 245), rng.randint(90, 245), rng.randint(90, 245))
        if rng.random() < 0.5:
            xs = np.linspace(0, w, 9)
            ys = [h * rng.uniform(0.35, 0.95) for _ in xs]
            cv2.fillPoly(over, [np.int32([*zip(xs, ys), (w, h), (0, h)])], color)
        else:
            cv2.ellipse(over, (int(w * rng.uniform(0.2, 0.8)), int(h * rng.uniform(0.2, 0.8))),
                        (max(1, int(w * rng.uniform(0.05, 0.3))), max(1, int(h * rng.uniform(0.1, 0.5)))), 0, 0, 360, color, -1)
    share = rng.uniform(0.2, 0.7)
    plate[...] = cv2.addWeighted(plate, 1 - share, over, share, 0)


def _stickers(plate, rng):
    """Registration stickers in one or two upper or lower corners."""
    h, w = plate.shape[:2]
    side = max(2, int(h * rng.uniform(0.14, 0.22)))
    for x, y in rng.sample(((2, 2), (w - side * 2, 2), (2, h - side - 2), (w - side * 2, h - side - 2)), rng.randint(1, 2)):
        color = (rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255))
        cv2.rectangle(plate, (x, y), (x + int(side * 1.5), y + side), color, -1)
        put_text(plate, str(rng.randint(10, 99)), (x + 1, y + 1, side * 1.5 - 2, side - 2), (250, 250, 250) if sum(color) < 400 else (20, 20, 20),
                 plate_fonts()[0])


def _band(plate, kind, ink, rng):
    """Paints the band and returns the rectangle (x,y,w,h) that is left for the text."""
    h, w = plate.shape[:2]
    blue = jitter(EU_BLUE, rng)
    font = rng.choice(plate_fonts())
    if kind in ('left', 'both', 'right'):
        band = max(2, int(min(h * 0.42, w * 0.12)))
        sides = dict(left=(0,), right=(w - band,), both=(0, w - band))[kind]
        for x in sides:
            plate[:, x:x + band] = blue
            put_text(plate, rng.choice(COUNTRY), (x + 1, h * 0.6, band - 2, h * 0.3), (235, 235, 240), font)
            if h > 14:
                cv2.circle(plate, (x + band // 2, int(h * 0.3)), max(1, band // 4), (230, 200, 40), 1)
        x = band if kind != 'right' else 0
        return x, 0, w - band * len(sides), h
    if kind == 'top':
        band = max(2, int(h * rng.uniform(0.18, 0.26)))
        plate[:band] = blue
        put_text(plate, rng.choice(STATE_WORDS), (w * 0.2, 1, w * 0.6, band - 2), (240, 240, 240), font)
        return 0, band, w, h - band
    if kind == 'region':
        x = int(w * 0.76)
        cv2.line(plate, (x, 0), (x, h), ink, max(1, h // 40))
        put_text(plate, str(rng.randint(10, 199)), (x + 2, h * 0.08, w - x - 4, h * 0.5), ink, font)
        put_text(plate, 'XUS', (x + 2, h * 0.65, w - x - 4, h * 0.25), ink, font)
        return 0, 0, x, h
    return 0, 0, w, h


def _rows(plate, area, style, ink, rng):
    x, y, w, h = area
    font = rng.choice(plate_fonts())
    rows = rng.choice(style['texts'])
    rows = [rows] if isinstance(rows, str) else rows
    if style.get('state') or (style.get('small_top') and rng.random() < 0.6):
        color = ink if rng.random() < 0.6 else jitter((170, 30, 40), rng)
        put_text(plate, rng.choice(STATE_WORDS), (x + w * 0.2, y + h * 0.05, w * 0.6, h * 0.15), color, rng.choice(plate_fonts()))
        y, h = y + h * 0.2, h * 0.8
        if style.get('state') and rng.random() < 0.7:
            put_text(plate, rng.choice(SLOGANS), (x + w * 0.2, y + h * 0.86, w * 0.6, h * 0.12), color, font)
            h *= 0.86
    shares = [1.0] * len(rows)
    if len(rows) == 2 and style.get('small_rows'):
        shares = [0.6, 1.4]
    if len(rows) == 2 and style.get('small_last'):
        shares = [1.3, 0.7]
    margin = rng.uniform(0.03, 0.1)
    top = y
    for row, share in zip(rows, shares):
        height = h / len(rows) * share
        fillable = (x + w * margin, top + height * 0.12, w * (1 - 2 * margin), height * rng.uniform(0.68, 0.8))
        put_text(plate, fill(row, rng), fillable, ink, font, max_stretch=1.7)
        top += height


def _edge_and_bolts(plate, ink, rng):
    h, w = plate.shape[:2]
    if rng.random() < 0.55:
        cv2.rectangle(plate, (1, 1), (w - 2, h - 2), ink, max(1, h // 45))
    if rng.random() < 0.5 and h > 16:
        for fx in rng.choice(((0.2, 0.8), (0.08, 0.92), (0.5,))):
            y = int(h * rng.choice((0.1, 0.5, 0.9)))
            cv2.circle(plate, (int(w * fx), y), max(1, h // 22), jitter((110, 110, 110), rng), -1)


def _dirt(plate, rng):
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 1, (6, 12)).astype(np.float32)
    noise = cv2.resize(noise, (plate.shape[1], plate.shape[0]), interpolation=cv2.INTER_CUBIC)
    gain = 1 - np.clip(noise, 0, 2)[..., None] * rng.uniform(0.1, 0.35)
    plate[...] = np.clip(plate * gain, 0, 255).astype(np.uint8)


def _hold(plate, rng):
    """Puts the plate in a holder or leaves it bare; rounds nothing but what the blur rounds."""
    h, w = plate.shape[:2]
    thick = int(h * rng.uniform(0.03, 0.12)) if rng.random() < 0.5 else 0
    strip = int(h * rng.uniform(0.12, 0.22)) if thick and rng.random() < 0.4 else 0
    above = strip and rng.random() < 0.25
    pad = 3
    room = pad + thick
    top = room + (strip if above else 0)
    out = np.zeros((h + 2 * room + strip, w + 2 * room, 4), np.uint8)
    if thick:
        holder = jitter(rng.choice(((20, 20, 22), (20, 20, 22), (150, 150, 155), (230, 230, 230), (120, 20, 25))), rng)
        out[pad:-pad, pad:-pad] = (*holder, 255)
        if strip:
            color = (225, 225, 225) if sum(holder) < 380 else (30, 30, 40)
            y = pad if above else room + h
            canvas = np.ascontiguousarray(out[..., :3])
            put_text(canvas, rng.choice(DEALERS), (room + w * 0.1, y + 1, w * 0.8, max(2, strip - 2)), color, rng.choice(plate_fonts()))
            out[..., :3] = canvas
    out[top:top + h, room:room + w] = np.dstack((plate, np.full((h, w), 255, np.uint8)))
    if not thick:  # transparent pixels take the plate's colour, so that blending leaves no dark rim
        out[..., :3] = np.where(out[..., 3:] > 0, out[..., :3], plate.reshape(-1, 3).mean(0).astype(np.uint8))
    corners = np.float32([[0, 0], [w, 0], [w, h], [0, h]]) + np.float32([room, top])
    return out, corners


def view_quad(size, rng, *, strong):
    """Corners of a flat w x h rectangle seen by a camera, centred on 0,0, about w pixels long; float64 [4,2].

    Pinhole model: turned by yaw, pitch, roll (degrees), seen from 1.5 to 6 widths away. Every second one is seen
    as a person sees a parked car, from above and from the side: its long edges slope, its sides lean on their own.
    """
    w, h = size
    spread = (62, 34, 28) if strong else (36, 18, 13)
    angles, lean = [rng.gauss(0, s * 0.55) for s in spread], 0
    if rng.random() < 0.5:
        angles = [rng.choice((-1, 1)) * rng.uniform(0, 60 if strong else 40), rng.gauss(20, 12 if strong else 8), rng.gauss(0, 3)]
        lean = math.tan(math.radians(rng.gauss(0, 8)))
    yaw, pitch, roll = (math.radians(max(-62, min(62, a))) for a in angles)
    far = rng.uniform(1.5, 6) * w
    flat = np.array([[-w, -h, 0], [w, -h, 0], [w, h, 0], [-w, h, 0]], np.float64) / 2
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin))
    turn = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) \
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    solid = flat @ turn.T
    quad = solid[:, :2] * (far / (far + solid[:, 2:]))
    return quad + quad[:, 1:] * [lean, 0]
