"""An endless, seeded stream of training batches: which picture, which part of it, what is drawn on it."""
import random
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset

from camera import daylight, degrade
from glow import add_glow
from redress import redress
from scene import Target, add_decoy, add_plate, bounds, box_corners, crop_matrix, log_uniform, move, plate_width, take_crop
from targets import dense_targets

SMALL, LARGE = 256, 320
PLATE_WIDTHS = {SMALL: (12, 200), LARGE: (60, 310)}
REAL = 0.5  # of the crops around a real plate
DAYLIGHT = 0.6  # of the dashcam crops: that camera gives red and violet pictures of dusk
GLOWS = 0.3  # of the crops have one lit lamp, or two
REDRESSED = 0.6  # of the real plates, by drawn ones of other countries
POOL = 192  # crops kept to draw from, so that the two of one scene do not meet in a batch


@dataclass
class Scene:
    """A square crop before a camera's faults; everything in crop pixels. Angle: radians it was turned by; group: its picture's."""
    crop: np.ndarray
    angle: float
    size: int
    group: str = ''
    targets: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    decoys: list = field(default_factory=list)


class SceneStream(IterableDataset):
    """Yields (crops uint8 [N,size,size,3], maps float32 [N,13,size/4,size/4], angles float32 [N]).

    One batch in eight is of large crops. Every scene gives two crops: as it is and mirrored, each with a
    camera's faults of its own. What a scene shows, `scene` of a subclass says.
    """

    recolored = 0.8  # how often a camera's faults change the colours

    def __init__(self, *, batch, seed):
        super().__init__()
        self.batch, self.seed = batch, seed

    def __iter__(self):
        cv2.setNumThreads(0)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))
        pools = {SMALL: [], LARGE: []}
        while True:
            size = LARGE if rng.random() < 0.12 else SMALL
            rows = [self.drawn_from(pools[size], rng, size) for _ in range(self.batch)]
            yield tuple(torch.from_numpy(np.stack(column)) for column in zip(*rows))

    def drawn_from(self, pool, rng, size):
        while len(pool) < (POOL if size == SMALL else POOL // 4):
            pool += self.both(rng, size)
        at = rng.randrange(len(pool))
        pool[at], pool[-1] = pool[-1], pool[at]
        return pool.pop()

    def both(self, rng, size):
        """Two crops of one scene, each with its maps and the angle it was turned by."""
        scene = self.scene(rng, size)
        return crop_of(scene, rng, self.recolored), crop_of(mirror(scene), rng, self.recolored)


class CropStream(SceneStream):
    """Scenes with plates. real: pictures with plates; plain: pictures without; hard: (picture, box) where an earlier network was wrong."""

    def __init__(self, *, real, plain, hard, batch, seed, widths=PLATE_WIDTHS, redressed=REDRESSED):
        super().__init__(batch=batch, seed=seed)
        self.real, self.plain, self.hard = real, plain, hard
        self.widths, self.redressed = widths, redressed
        groups = sorted({p.group for p in real})
        self.by_group = [[p for p in real if p.group == g and p.boxes] for g in groups]
        self.group_weight = [len(g) ** 0.25 for g in self.by_group]

    def scene(self, rng, size):
        """A random Scene, before a camera's faults."""
        draw = rng.random()
        widths = self.widths[size]
        angle = rng.gauss(0, 0.06) if rng.random() < 0.6 else rng.gauss(0, 0.25)
        wrong = None
        if draw < REAL:
            picture = rng.choice(rng.choices(self.by_group, self.group_weight)[0])
            box = rng.choice(picture.boxes)
            width = box[2] - box[0]
            scale = min(3.2, max(0.14, plate_width(rng, widths) / width))
            at = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        elif draw < REAL + 0.1 and self.hard:
            picture, wrong = rng.choice(self.hard)
            at = [(wrong[0] + wrong[2]) / 2, (wrong[1] + wrong[3]) / 2]
            scale = log_uniform(rng, 0.35, 1.8)
        else:
            picture = rng.choice(self.real) if rng.random() < 0.3 else rng.choice(rng.choices(self.plain, (0.6, 0.4))[0])
            h, w = picture.read().shape[:2]
            at = [rng.uniform(0, w), rng.uniform(0, h)]
            scale = max(log_uniform(rng, 0.35, 1.8), min(1.2, size / max(h, w)))
        matrix = crop_matrix(rng, at=at, scale=scale, angle=angle, size=size)
        return self.compose(rng, picture, matrix, Scene(crop=None, angle=angle, size=size, group=picture.group), wrong)

    def compose(self, rng, picture, matrix, scene, wrong):
        """Fills the scene: the picture moved by the matrix, drawn plates and look-alikes; `wrong`: a false find's box."""
        size = scene.size
        scene.crop = take_crop(picture.read(), matrix, self.around(rng, size))
        if picture.boxes and rng.random() < DAYLIGHT:
            scene.crop = daylight(scene.crop, rng)
        targets = [Target(move(box_corners(box), matrix), box_only=True) for box in picture.boxes]
        scene.targets, unseen = visible(targets, size)
        scene.unknown = [bounds(move(box_corners(box), matrix)) for box in picture.unknown] + unseen
        scene.decoys = [bounds(move(box_corners(wrong), matrix))] if wrong else []
        scene.targets = [
            redress(scene.crop, t, rng) if t.box_only and rng.random() < self.redressed else t for t in scene.targets]
        taken = [bounds(t.quad) for t in scene.targets] + scene.unknown + scene.decoys
        if rng.random() < 0.7:
            for _ in range(rng.choice((1, 1, 2, 3))):
                scene.targets += [t for t in [add_plate(scene.crop, rng, taken, self.widths[size])] if t]
        if rng.random() < 0.6:
            for _ in range(rng.randint(1, 3)):
                scene.decoys += [d for d in [add_decoy(scene.crop, rng, taken)] if d]
        if rng.random() < GLOWS:
            for _ in range(rng.randint(1, 2)):
                scene.decoys += [d for d in [add_glow(scene.crop, rng, taken)] if d]
        return scene

    def around(self, rng, size):
        """What shows beside a picture that does not fill the crop: one colour or another picture."""
        if rng.random() < 0.4:
            return np.full((size, size, 3), [rng.randint(0, 255) if rng.random() < 0.4 else 0 for _ in range(3)], np.uint8)
        pixels = rng.choice(rng.choice(self.plain)).read()
        h, w = pixels.shape[:2]
        y, x = rng.randint(0, h // 2), rng.randint(0, w // 2)
        return cv2.resize(pixels[y:y + h // 2, x:x + w // 2], (size, size))


def visible(targets, size):
    """Splits plates into those to find (middle inside, at least 10 px wide) and rectangles to leave open."""
    keep, unseen = [], []
    for target in targets:
        x, y = target.quad.mean(0)
        width = np.linalg.norm(target.quad[1] - target.quad[0])
        if 1 <= x < size - 1 and 1 <= y < size - 1 and width >= 10:
            keep.append(target)
        else:
            unseen.append(bounds(target.quad))
    return keep, unseen


def mirror(scene):
    """Left to right; the corners keep their place in the picture, since mirrored text has no reading order."""
    size = scene.size

    def flipped(quad):
        quad = quad.copy()
        quad[:, 0] = size - quad[:, 0]
        return quad[[1, 0, 3, 2]]

    return replace(
        scene, crop=np.ascontiguousarray(scene.crop[:, ::-1]), angle=-scene.angle,
        targets=[replace(t, quad=flipped(t.quad)) for t in scene.targets],
        unknown=[(size - x2, y1, size - x1, y2) for x1, y1, x2, y2 in scene.unknown],
        decoys=[(size - x2, y1, size - x1, y2) for x1, y1, x2, y2 in scene.decoys],
    )


def crop_of(scene, rng, recolored=0.8):
    """What the detector trains on: crop with a camera's faults, maps, angle."""
    return degrade(scene.crop, rng, recolored), dense_targets(scene.targets, scene.unknown, scene.size), np.float32(scene.angle)
