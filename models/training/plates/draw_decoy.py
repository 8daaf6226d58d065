"""Draws what is not a plate but looks like one to a small network: badges, lettering, signs, lamps, grilles.

Every function returns an RGBA uint8 [h,w,4] picture about width_px wide; rng is random.Random.
"""
import cv2
import numpy as np

from draw_plate import jitter
from lettering import put_text, word_fonts

BADGES = ('TDI', '4MOTION', 'quattro', 'HYBRID', 'TSI', '320d', 'GTI', 'AMG', 'C 220', 'xDrive', '2.0 T', 'V6', 'SPORT', 'TURBO',
          'GLS', '1.6 HDi', 'dCi', '4x4', 'LOGAN', 'GOLF', 'ROCA', 'STB', 'LIMITED', 'XLT', 'AWD', 'CDTI', 'DIESEL', 'electric',
          'ECO', 'Corolline', 'FABRA', 'SUPERA', 'Duster', 'CIVINO', 'E-TECH', 'S LINE', 'M3', 'X5', 'GT', 'EX-L', 'SE', 'LX')
WORDS = ('TAXI', 'POLICE', 'Restaurant', 'COFFEE', 'Farmacia', 'BANK', 'Hotel', 'SALE', 'OPEN', 'STOP', 'BUS', 'SCHOOL', 'exit',
         'Pizza', 'market', 'NON STOP', 'Centru', 'CARGO', 'Express', 'delivery', 'FRESH', 'Auto', 'Service', 'PARKING', 'METRO',
         'Boulevard', 'Str. Lunga', 'fashion', 'sport club', 'LOVE', 'University', 'KEEP CALM', 'baby on board', 'Studio', 'Gym',
         'Dentist', 'PRESS', 'SECURITY', 'AMBULANCE', 'FIRE', 'RENT A CAR', 'for sale', 'NO PARKING', 'Salon', 'KEBAB', 'Supermarket')
SYLLABLES = ('ba', 'ro', 'ti', 'mel', 'kan', 'so', 'vi', 'ter', 'lu', 'gra', 'pe', 'zon', 'da', 'fi', 'mo', 'est', 'ar', 'no', 'el', 'shi')
PAINT = ((245, 245, 245), (20, 20, 22), (200, 25, 30), (20, 70, 170), (250, 205, 30), (20, 120, 60), (235, 120, 30), (120, 60, 130),
         (90, 90, 95), (180, 180, 185), (60, 40, 30), (210, 190, 150))
CHROME = ((215, 218, 222), (235, 238, 240), (160, 163, 168), (30, 30, 32), (170, 30, 35))


def word(rng):
    """A word or an invented one, in small, capital or mixed letters."""
    text = rng.choice(WORDS) if rng.random() < 0.5 else ''.join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4)))
    return rng.choice((str.upper, str.lower, str.title, str))(text)


def _blank(w, h, color=None):
    out = np.zeros((max(4, int(h)), max(8, int(w)), 4), np.uint8)
    if color is not None:
        out[...] = (*color, 255)
    return out


def _letters(w, h, text, color, font):
    """Letters alone: transparent around them."""
    ink = np.zeros((max(4, int(h)), max(8, int(w)), 3), np.uint8)
    put_text(ink, text, (0, 0, ink.shape[1], ink.shape[0]), (255, 255, 255), font)
    out = _blank(w, h)
    out[..., :3] = color
    out[..., 3] = ink[..., 0]
    return out


def badge(rng, w):
    """Model or maker lettering as on a boot lid, now and then a ring or an oval beside it."""
    text = rng.choice(BADGES) if rng.random() < 0.6 else word(rng)[:9]
    if rng.random() < 0.35:
        text = ' '.join(text.upper())
    return _letters(w, w / max(1.6, len(text) * rng.uniform(0.45, 1.1)), text, jitter(rng.choice(CHROME), rng), rng.choice(word_fonts()))


def emblem(rng, w):
    """A ring, four rings, an oval or a cross as makers use."""
    out = _blank(w, w * rng.uniform(0.4, 1))
    h, w = out.shape[:2]
    color = (*jitter(rng.choice(CHROME), rng), 255)
    thick = max(1, h // 9)
    if rng.random() < 0.3:
        for i in range(4):
            cv2.circle(out, (int(w * (0.2 + 0.2 * i)), h // 2), int(w * 0.12), color, thick)
        return out
    axes = (w // 2 - thick, h // 2 - thick)
    if rng.random() < 0.5:
        cv2.ellipse(out, (w // 2, h // 2), axes, 0, 0, 360, (*jitter(rng.choice(PAINT), rng), 255), -1)
    cv2.ellipse(out, (w // 2, h // 2), axes, 0, 0, 360, color, thick)
    put_text(canvas := np.ascontiguousarray(out[..., :3]), rng.choice('VWHTBKOSX'), (w * 0.3, h * 0.2, w * 0.4, h * 0.6), color[:3],
             rng.choice(word_fonts()))
    out[..., :3] = canvas
    return out


def sign(rng, w):
    """Sticker, shop board or direction sign: one to four rows of words on one colour, sometimes an arrow."""
    rows = rng.choices((1, 2, 3, 4), (4, 3, 2, 1))[0]
    out = _blank(w, w / rng.uniform(1.1, 5.5) if rows < 3 else w / rng.uniform(0.7, 1.8), jitter(rng.choice(PAINT), rng))
    h, w = out.shape[:2]
    dark = out[0, 0, :3].sum() < 380
    ink = jitter(rng.choice(PAINT), rng) if rng.random() < 0.3 else ((240, 240, 240) if dark else (25, 25, 30))
    canvas = np.ascontiguousarray(out[..., :3])
    font = rng.choice(word_fonts())
    for i in range(rows):
        text = word(rng)
        if rng.random() < 0.2:
            text = rng.choice(('www.%s.com', '%s.ro', '%s.net', 'tel %s', '@%s')) % word(rng).lower().replace(' ', '')
        elif rng.random() < 0.12:
            text = '0%d %d %d' % (rng.randint(10, 999), rng.randint(100, 999), rng.randint(100, 999))
        put_text(canvas, text, (w * 0.06, h * (i + 0.15) / rows, w * 0.88, h * 0.7 / rows), ink, font)
    if rng.random() < 0.3:
        cv2.rectangle(canvas, (1, 1), (w - 2, h - 2), ink, max(1, h // 30))
    out[..., :3] = canvas
    return out


def shop_letters(rng, w):
    """Big lit letters above a shop, or print on clothes: no board."""
    text = word(rng)
    color = jitter(rng.choice(PAINT), rng, 20)
    return _letters(w, w / max(2, len(text) * rng.uniform(0.4, 0.9)), text, color, rng.choice(word_fonts()))


def road_sign(rng, w):
    """A speed limit, a warning triangle, a house or route number, an arrow board."""
    out = _blank(w, w)
    n = out.shape[0]
    kind = rng.random()
    red, white, ink = (*jitter((200, 25, 30), rng), 255), (*jitter((240, 240, 240), rng), 255), (20, 20, 20, 255)
    if kind < 0.4:
        cv2.circle(out, (n // 2, n // 2), n // 2 - 1, red, -1)
        cv2.circle(out, (n // 2, n // 2), int(n * 0.38), white, -1)
        canvas = np.ascontiguousarray(out[..., :3])
        put_text(canvas, rng.choice(('30', '50', '70', '40', '5t', 'STOP')), (n * 0.2, n * 0.3, n * 0.6, n * 0.4), ink, rng.choice(word_fonts()))
        out[..., :3] = canvas
        return out
    if kind < 0.6:
        points = np.int32([[n // 2, 1], [n - 1, n - 2], [1, n - 2]])
        cv2.fillPoly(out, [points], red)
        cv2.fillPoly(out, [((points - [n // 2, int(n * 0.66)]) * 0.7 + [n // 2, int(n * 0.66)]).astype(np.int32)], white)
        return out
    out = _blank(w, w / rng.uniform(1, 3.5), jitter(rng.choice(PAINT), rng))
    h, w = out.shape[:2]
    ink = (240, 240, 240, 255) if out[0, 0, :3].sum() < 400 else (200, 30, 30, 255)
    if kind < 0.8:
        for x in range(0, w, max(6, h)):
            cv2.polylines(out, [np.int32([[x + h // 5, h // 6], [x + int(h * 0.7), h // 2], [x + h // 5, h - h // 6]])], False, ink, max(1, h // 6))
        return out
    canvas = np.ascontiguousarray(out[..., :3])
    put_text(canvas, rng.choice(('E70', 'A1', '12', '7B', 'M25', '226', '345', 'Nr. 8')), (w * 0.1, h * 0.15, w * 0.8, h * 0.7), ink, rng.choice(word_fonts()))
    out[..., :3] = canvas
    return out


def lamp(rng, w):
    """A tail lamp, a reflector or a lit window: a bright shape with bars in it."""
    out = _blank(w, w / rng.uniform(1.2, 5))
    h, w = out.shape[:2]
    color = jitter(rng.choice(((220, 20, 25), (255, 90, 60), (255, 240, 220), (255, 170, 40), (130, 10, 15))), rng, 20)
    cv2.ellipse(out, (w // 2, h // 2), (w // 2 - 1, h // 2 - 1), 0, 0, 360, (*color, 255), -1)
    if rng.random() < 0.6:
        out[h // 5:h - h // 5, w // 6:w - w // 6] = (*color, 255)
    bars = rng.randint(0, 4)
    for i in range(bars):
        x = int(w * (i + 0.8) / (bars + 0.6))
        cv2.line(out, (x, h // 5), (x, h - h // 5), (*jitter((255, 235, 220), rng), 255), max(1, w // 25))
    return out


def grille(rng, w):
    """Vents, fences, radiator slats, vertical or level."""
    out = _blank(w, w / rng.uniform(1.2, 6), jitter(rng.choice(((15, 15, 17), (60, 60, 64), (200, 200, 205))), rng))
    h, w = out.shape[:2]
    color = (*jitter(rng.choice(CHROME), rng), 255)
    step = max(3, int((w if rng.random() < 0.6 else h) / rng.uniform(4, 14)))
    level = rng.random() < 0.4
    for at in range(step // 2, h if level else w, step):
        ends = ((0, at), (w, at)) if level else ((at, 0), (at, h))
        cv2.line(out, *ends, color, max(1, int(step * rng.uniform(0.2, 0.5))))
    return out


def clock_overlay(rng, w):
    """Digits that a camera writes into its picture."""
    text = rng.choice(('2021/%02d/%02d %02d:%02d:%02d', '%02d-%02d-2019 %02d:%02d:%02d')) % tuple(rng.randint(1, 28) for _ in range(5))
    text = text[:rng.choice((10, 19))]
    return _letters(w, w / (len(text) * 0.5), text, jitter(rng.choice(((245, 245, 245), (250, 230, 60), (240, 130, 30))), rng), rng.choice(word_fonts()))


def stripes(rng, w):
    """Road markings: bars of white or yellow paint, or a word on the road."""
    if rng.random() < 0.3:
        return _letters(w, w * rng.uniform(0.4, 1.4), rng.choice(('BUS', 'STOP', 'TAXI', 'SLOW', '30')), (235, 235, 230), rng.choice(word_fonts()))
    out = _blank(w, w / rng.uniform(1, 5))
    n = rng.randint(1, 6)
    for i in range(n):
        out[:, int(out.shape[1] * (i + 0.25) / n):int(out.shape[1] * (i + 0.75) / n)] = (*jitter((232, 230, 222), rng), 255)
    return out


def _asphalt(w, h, rng):
    """Grey road that fades out at its edges."""
    road = jitter(rng.choice(((70, 70, 76), (95, 95, 100), (125, 122, 118), (50, 50, 58))), rng, 8)
    out = _blank(w, h, road)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(1, 7), out.shape[:2])
    out[..., :3] = np.clip(out[..., :3] + noise[..., None], 0, 255).astype(np.uint8)
    return out


def _faded(picture):
    edge = max(2, min(picture.shape[:2]) // 8)
    alpha = picture[..., 3]
    alpha[:edge] = alpha[-edge:] = 0
    alpha[:, :edge] = alpha[:, -edge:] = 0
    picture[..., 3] = cv2.blur(alpha, (edge, edge))
    return picture


def dash(rng, w):
    """One dash of a lane, level or slanted, on its road."""
    out = _asphalt(w, w * rng.uniform(0.4, 0.9), rng)
    h, w = out.shape[:2]
    half = w * rng.uniform(0.18, 0.36)
    thick = max(1.5, half * rng.uniform(0.08, 0.4))
    slope, lean = rng.gauss(0, 0.3), rng.uniform(-2, 2)
    middle = np.array([w / 2, h / 2])
    ends = np.array([[-half, -half * slope], [half, half * slope]]) + middle
    side = np.array([lean * thick, thick]) / 2
    bar = np.float32([ends[0] - side, ends[1] - side, ends[1] + side, ends[0] + side])
    paint = rng.choice(((240, 240, 236), (215, 213, 205), (180, 180, 178), (235, 205, 90)))
    cv2.fillPoly(out, [np.int32(np.round(bar * 8))], (*jitter(paint, rng), 255), cv2.LINE_AA, 3)
    return _faded(out)


def under_car(rng, w):
    """The road as it shows in the shadow under a car, between its wheels: light, level, as wide as a plate."""
    out = _asphalt(w, w * rng.uniform(0.5, 0.9), rng)
    h, w = out.shape[:2]
    light = out[..., :3].reshape(-1, 3).mean(0)
    sill, ground = int(h * rng.uniform(0.25, 0.45)), int(h * rng.uniform(0.65, 0.85))
    left, right = int(w * rng.uniform(0.05, 0.25)), int(w * rng.uniform(0.75, 0.95))
    out[:sill, :, :3] = jitter(rng.choice(PAINT), rng)
    shade = np.linspace(rng.uniform(0.7, 1.1), rng.uniform(0.25, 0.6), sill)[:, None, None]
    out[:sill, :, :3] = np.clip(out[:sill, :, :3] * shade, 0, 255).astype(np.uint8)
    dark = (int(rng.uniform(8, 45)),) * 3
    out[sill:ground, :, :3] = dark
    inner = max(2, (right - left) // rng.randint(5, 9))
    top = sill + int((ground - sill) * rng.uniform(0.15, 0.5))
    slant = rng.uniform(-0.4, 0.4) * (ground - top)
    slit = np.float32([[left + inner, top + max(0, slant)], [right - inner, top - min(0, slant)],
                       [right - inner * rng.uniform(0.6, 1.4), ground], [left + inner * rng.uniform(0.6, 1.4), ground]])
    cv2.fillPoly(out, [np.int32(slit)], (*(light * rng.uniform(0.7, 1.5)).tolist(), 255), cv2.LINE_AA)
    if rng.random() < 0.7:
        for x in (left, right):
            cv2.ellipse(out, (x, int((sill + ground) / 2)), (max(2, inner), max(2, (ground - sill) * 2 // 3)), 0, 0, 360, (*dark, 255), -1)
    out[..., :3] = cv2.GaussianBlur(out[..., :3], (0, 0), max(0.3, w * rng.uniform(0.002, 0.012)))
    return _faded(out)


KINDS = (badge, sign, shop_letters, emblem, road_sign, lamp, grille, clock_overlay, stripes, dash, under_car)
WEIGHTS = (6, 6, 3, 2, 2, 2, 2, 1, 1, 6, 6)


LEGIBLE_PX = 45


def draw_decoy(rng, width_px, length_px):
    """One random thing that must not be found, to be shown length_px long.

    A board with a word on it that is too small to be read could be a plate, so none is drawn that small.
    """
    while True:
        kind = rng.choices(KINDS, WEIGHTS)[0]
        if length_px >= LEGIBLE_PX or kind not in (sign, shop_letters):
            return kind(rng, max(16, width_px))
