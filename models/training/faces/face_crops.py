"""Training crops of faces: people cut out of portraits put into street frames, whole portraits, and film frames with the teacher's boxes.

Crop pixels are what the network sees. Targets are level boxes, given as the four corners that the plate network learns.
"""
import math
import os

import cv2
import numpy as np

import shared_parts  # noqa: F401
import truth
from crops import SMALL, Scene, SceneStream
from face_cover import FaceFrame, covered
from scene import Target, bounds, box_corners, crop_matrix, log_uniform, move, take_crop

FACE_WIDTHS = {SMALL: (8, 110)}
LARGE_WIDTHS = (40, 230)
SURE, FAINT = 0.5, 0.2
LEAST_WIDTH = 7  # crop pixels; a smaller face counts neither way
HIDDEN, GONE = 0.4, 0.75  # shares of a face behind others: above the first it counts neither way, above the second it is none


def level_box(box, matrix):
    """The level box of the ellipse in a box after it was moved and turned by a 2x3 affine."""
    centre = move([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]], matrix)[0]
    half = np.array([box[2] - box[0], box[3] - box[1]]) / 2
    reach = np.hypot(matrix[:, 0] * half[0], matrix[:, 1] * half[1])
    return np.concatenate((centre - reach, centre + reach))


class Person:
    """A cut-out person, uint8 RGBA at halving sizes (read when first asked), and where the face lies in the largest."""

    def __init__(self, path, place):
        self.path, self.box, self.points, self.levels = path, np.array(place['box']), np.array(place['points']), None

    def seen_as(self, width):
        """A copy no more than needed for a face `width` wide, the face's box and five points in it."""
        if self.levels is None:
            self.levels = [cv2.cvtColor(cv2.imread(self.path, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)]
            for _ in range(3):
                self.levels.append(cv2.resize(self.levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        whole = self.box[2] - self.box[0]
        level = int(np.clip(math.log2(whole / (width * 1.1)), 0, len(self.levels) - 1))
        return self.levels[level].copy(), self.box / 2 ** level, self.points / 2 ** level


def people(folder):
    return [Person(os.path.join(folder, name), place) for name, place in truth.read_json(os.path.join(folder, 'places.json')).items()]


def with_faces(pictures, labels, *, by_name):
    """Pictures that the teacher has seen; the sure faces are their boxes, the faint ones unknown."""
    seen = []
    for picture in pictures:
        name = os.path.basename(picture.path) if by_name else picture.path
        if name not in labels:
            continue
        faces = labels[name]
        picture.boxes = [f['box'] for f in faces if f['score'] >= SURE]
        picture.unknown = [f['box'] for f in faces if FAINT <= f['score'] < SURE]
        if picture.group == 'videos':
            picture.group = picture.path.split('#')[0]
        seen.append(picture)
    return seen


class FaceStream(SceneStream):
    """Batches of crops with faces; see SceneStream. streets: films and street frames; portraits; people: cut-outs."""

    recolored = 0.5

    def __init__(self, *, streets, portraits, people, batch, seed):
        super().__init__(batch=batch, seed=seed)
        self.streets, self.portraits, self.people = streets, portraits, people
        groups = sorted({p.group for p in streets})
        self.films = [(pictures, [p for p in pictures if p.boxes]) for pictures in
                      ([p for p in streets if p.group == g] for g in groups)]
        self.peopled = [faces for _, faces in self.films if len(faces) > 2]

    def scene(self, rng, size):
        """A random Scene, before a camera's faults."""
        draw = rng.random()
        if draw < 0.2:
            chosen = rng.choices(self.peopled, [len(p) ** 0.5 for p in self.peopled])[0]
            return self.of_picture(rng, size, rng.choice(chosen))
        if draw < 0.36:
            return self.of_picture(rng, size, rng.choice(self.portraits))
        scene = self.background(rng, size)
        if draw < 0.95:
            self.fill_with_people(rng, scene)
        return scene

    def widths(self, size):
        return FACE_WIDTHS.get(size, LARGE_WIDTHS)

    def of_picture(self, rng, size, picture):
        """A picture around one of its faces."""
        if not picture.boxes:
            return self.background(rng, size)
        box = rng.choice(picture.boxes)
        scale = log_uniform(rng, *self.widths(size)) / (box[2] - box[0])
        at = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        return self.moved(rng, size, picture, at=at, scale=min(3, scale))

    def background(self, rng, size):
        """A part of a street frame, sometimes of a picture of another kind of size."""
        picture = rng.choice(rng.choice(self.films)[0])
        h, w = picture.read().shape[:2]
        scale = max(log_uniform(rng, 0.3, 1.6), min(1.2, size / min(h, w)) if rng.random() < 0.8 else 0)
        return self.moved(rng, size, picture, at=[rng.uniform(0, w), rng.uniform(0, h)], scale=scale)

    def moved(self, rng, size, picture, *, at, scale):
        angle = rng.gauss(0, 0.06) if rng.random() < 0.7 else rng.gauss(0, 0.22)
        matrix = crop_matrix(rng, at=at, scale=scale, angle=angle, size=size)
        if rng.random() < 0.3:
            matrix[0] = matrix[0] * rng.uniform(0.85, 1.12)
        scene = Scene(crop=take_crop(picture.read(), matrix, self.around(rng, size)), angle=0.0, size=size, group=picture.group)
        for box in picture.boxes:
            self.note(scene, level_box(box, matrix))
        scene.unknown += [tuple(level_box(box, matrix)) for box in picture.unknown]
        return scene

    def around(self, rng, size):
        """What shows beside a picture that does not fill the crop."""
        if rng.random() < 0.4:
            return np.full((size, size, 3), [rng.randint(0, 255)] * 3, np.uint8)
        free = [p for p in rng.choice(self.films)[0] if not p.boxes and not p.unknown] or None
        if free is None:
            return np.full((size, size, 3), 114, np.uint8)
        return cv2.resize(rng.choice(free).read(), (size, size), interpolation=cv2.INTER_AREA)

    @staticmethod
    def note(scene, box, hidden=0.0):
        """Puts a face's box where it belongs: to be found, left open, or neither."""
        middle = (box[:2] + box[2:]) / 2
        if not ((box[2:] > 0) & (box[:2] < scene.size)).all() or hidden > GONE:
            return
        inside = (middle >= 1).all() and (middle < scene.size - 1).all()
        if inside and box[2] - box[0] >= LEAST_WIDTH and hidden <= HIDDEN:
            scene.targets.append(Target(np.float32(box_corners(box)), box_only=False))
        else:
            scene.unknown.append(tuple(box))

    def fill_with_people(self, rng, scene):
        """One to sixteen people of about the same size, farther ones first; near ones hide parts of them."""
        low, high = self.widths(scene.size)
        usual = log_uniform(rng, low, high * 0.8)
        most = max(1, min(16, int((scene.size / usual / 2) ** 2)))
        widths = sorted(min(high, max(low * 0.8, usual * math.exp(rng.gauss(0, 0.35)))) for _ in range(rng.randint(1, most)))
        horizon = rng.uniform(0.1, 0.7) * scene.size
        owner = np.zeros((scene.size, scene.size), np.int16)
        light = math.exp(rng.gauss(0, 0.2))
        faces = []
        for number, width in enumerate(widths, 1):
            at = [rng.uniform(0, scene.size), horizon + rng.gauss(0, 0.16) * scene.size]
            box, seen = self.put(rng, scene, owner, number, width=width, at=at, light=light)
            faces.append((number, box, seen))
        behind, scene.targets = scene.targets, []
        for target in behind:
            box = np.concatenate((target.quad.min(0), target.quad.max(0)))
            self.note(scene, box, self.hidden(owner, 0, box))
        for number, box, seen in faces:
            if seen:
                self.note(scene, box, self.hidden(owner, number, box))

    @staticmethod
    def hidden(owner, number, box):
        """The share of the face in a box that somebody else covers."""
        n = owner.shape[0]
        x1, y1, x2, y2 = (int(np.clip(v, 0, n)) for v in box)
        part = owner[y1:y2, x1:x2]
        return float((part != number).mean()) if part.size else 1.0

    def put(self, rng, scene, owner, number, *, width, at, light):
        """Pastes one person with the face `width` wide at a place; returns the face's box and whether a face is to be seen."""
        pixels, box, points = rng.choice(self.people).seen_as(width)
        seen = covered(pixels, FaceFrame(box, points), rng)
        below = int(rng.uniform(0, 1.5) * pixels.shape[0])
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, 0, cv2.BORDER_REPLICATE)
        scale = width / (box[2] - box[0])
        turn = rng.gauss(0, 0.1) if rng.random() < 0.7 else rng.gauss(0, 0.3)
        squeeze = rng.uniform(0.72, 1) if rng.random() < 0.3 else 1.0
        c, s = math.cos(turn) * scale, math.sin(turn) * scale
        shape = np.array([[c * squeeze, -s], [s * squeeze, c]])
        centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        matrix = np.hstack((shape, (np.array(at) - shape @ centre)[:, None]))
        h, w = pixels.shape[:2]
        x1, y1, x2, y2 = (int(np.clip(v, 0, scene.size)) for v in bounds(move([[0, 0], [w, 0], [w, h], [0, h]], matrix)))
        if x2 - x1 < 2 or y2 - y1 < 2:
            return level_box(box, matrix), False
        onto = matrix - [[0, 0, x1], [0, 0, y1]]
        if scale < 0.75:
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            onto = np.hstack((onto[:, :2] / scale, onto[:, 2:]))
        layer = cv2.warpAffine(pixels, onto, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
        under = scene.crop[y1:y2, x1:x2]
        alpha = layer[..., 3:].astype(np.float32) / 255
        colours = self.lit(layer[..., :3], under, alpha, rng, light)
        if rng.random() < 0.4:
            soft = rng.uniform(0.3, 0.5 + width / 60)
            colours, alpha = cv2.GaussianBlur(colours, (0, 0), soft), cv2.GaussianBlur(alpha, (0, 0), soft)[..., None]
        under[...] = np.clip(under * (1 - alpha) + colours * alpha, 0, 255).astype(np.uint8)
        owner[y1:y2, x1:x2][alpha[..., 0] > 0.5] = number
        return level_box(box, matrix), seen

    @staticmethod
    def lit(colours, under, alpha, rng, light):
        """The person's colours in about the light of the place."""
        inside = alpha[..., 0] > 0.5
        own = colours[inside].mean() if inside.any() else 110.0
        gain = light * math.exp(rng.gauss(0, 0.2)) * ((float(under.mean()) + 25) / (own + 25)) ** rng.uniform(0, 0.8)
        cast = (under.reshape(-1, 3).mean(0) + 20) / (float(under.mean()) + 20)
        colours = colours.astype(np.float32) * (gain * cast ** rng.uniform(0, 0.8)).astype(np.float32)
        if rng.random() < 0.3:  # light from one side
            across = np.linspace(rng.uniform(0.5, 1), rng.uniform(0.9, 1.3), colours.shape[1], dtype=np.float32)
            colours *= across[::rng.choice((1, -1)), None]
        return np.minimum(colours, 255)
