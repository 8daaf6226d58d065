"""Promises: pictures of number plates in a lettering of our own; the numbers are of kinds that no office hands out."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1040, 220  # pixels: 2 a millimetre
#  Strokes on a cell 0..1 across and 0..1.7 down: poly-lines; an arc is (x, y, radius x, radius y, from, to) in degrees.
LETTERS = {
    "0": [(.5, .85, .42, .77, 0, 360)], "O": [(.5, .85, .46, .77, 0, 360)], "Q": [(.5, .85, .46, .77, 0, 360), [(.6, 1.2), (1, 1.72)]],
    "1": [[(.18, .38), (.55, .08), (.55, 1.62)]], "I": [[(.5, .08), (.5, 1.62)]], "7": [[(.08, .08), (.92, .08), (.42, 1.62)]],
    "2": [(.5, .48, .4, .4, 180, 370), [(.9, .55), (.08, 1.62), (.94, 1.62)]],
    "3": [(.47, .46, .38, .38, 190, 450), (.47, 1.21, .42, .4, 270, 530)],
    "4": [[(.72, 1.62), (.72, .08), (.08, 1.15), (.98, 1.15)]],
    "5": [[(.86, .08), (.2, .08), (.14, .78)], (.47, 1.14, .42, .48, 230, 510)],
    "6": [(.5, 1.16, .4, .46, 0, 360), [(.13, 1.0), (.62, .08)]], "8": [(.5, .46, .34, .38, 0, 360), (.5, 1.22, .41, .4, 0, 360)],
    "9": [(.5, .54, .4, .46, 0, 360), [(.87, .7), (.38, 1.62)]],
    "A": [[(.04, 1.62), (.5, .08), (.96, 1.62)], [(.2, 1.12), (.8, 1.12)]], "E": [[(.9, .08), (.12, .08), (.12, 1.62), (.9, 1.62)], [(.12, .82), (.78, .82)]],
    "N": [[(.1, 1.62), (.1, .08), (.9, 1.62), (.9, .08)]], "S": [(.5, .46, .38, .38, 90, 340), (.5, 1.22, .4, .4, -90, 160)],
    "U": [[(.1, .08), (.1, 1.2)], (.5, 1.2, .4, .42, 0, 180), [(.9, 1.2), (.9, .08)]], "X": [[(.06, .08), (.94, 1.62)], [(.94, .08), (.06, 1.62)]],
    "Y": [[(.05, .08), (.5, .85), (.95, .08)], [(.5, .85), (.5, 1.62)]], "T": [[(.05, .08), (.95, .08)], [(.5, .08), (.5, 1.62)]],
    "-": [[(.15, .9), (.7, .9)]],
}


def stroke(pen, marks, left, top, width, thick, ink):
    """Draws one letter `width` pixels wide with round ends."""
    for mark in marks:
        if isinstance(mark, tuple):
            x, y, rx, ry, start, end = mark
            turn = np.radians(np.linspace(start, end, 60))
            mark = list(zip(x + rx * np.cos(turn), y + ry * np.sin(turn)))
        line = [(left + px * width, top + py * width) for px, py in mark]
        pen.line(line, fill=ink, width=thick, joint="curve")
        for px, py in line:
            pen.ellipse([px - thick / 2, py - thick / 2, px + thick / 2, py + thick / 2], fill=ink)


def draw(text, style="white", seed=0):
    """A plate 520 x 110 mm as an array (220, 1040, 3). Styles: white, yellow (both with a blue band)."""
    ground = {"white": (238, 238, 232), "yellow": (243, 192, 20)}[style]
    image = Image.new("RGB", (WIDTH, HEIGHT), (20, 20, 22))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle([4, 4, WIDTH - 5, HEIGHT - 5], 22, fill=ground)
    pen.rounded_rectangle([4, 4, 86, HEIGHT - 5], 22, fill=(16, 50, 140))
    pen.rectangle([60, 4, 92, HEIGHT - 5], fill=(16, 50, 140))
    for star in range(12):
        turn = 2 * np.pi * star / 12
        x, y = 47 + 27 * np.cos(turn), 66 + 27 * np.sin(turn)
        pen.ellipse([x - 4, y - 4, x + 4, y + 4], fill=(250, 205, 30))
    stroke(pen, LETTERS["X"], 32, 138, 30, 8, (240, 240, 240))
    cells = sum(0.45 if c == " " else 0.75 if c == "-" else 1 for c in text)
    room = WIDTH - 92 - 70
    cell = min(92, room / (cells * 1.0 + (len(text) - 1) * .33) )
    total = cells * cell + (len(text) - 1) * cell * .33
    x = 92 + (WIDTH - 92 - total) / 2
    top = (HEIGHT - cell * 1.7) / 2
    for c in text:
        wide = cell * (0.45 if c == " " else 0.75 if c == "-" else 1)
        if c != " ":
            stroke(pen, LETTERS[c], x, top, cell, 22, (18, 18, 22))
        x += wide + cell * .33
    for bolt in (110, WIDTH - 40):
        pen.ellipse([bolt - 7, HEIGHT / 2 - 7, bolt + 7, HEIGHT / 2 + 7], fill=(150, 150, 145))
    rng = np.random.default_rng(seed)
    dirt = np.asarray(Image.fromarray((rng.random((28, 130)) * 255).astype(np.uint8)).resize((WIDTH, HEIGHT), Image.BICUBIC).filter(ImageFilter.GaussianBlur(6)), float)
    return np.clip(np.asarray(image, float) * (0.9 + 0.1 * (dirt / 255))[..., None], 0, 255)
