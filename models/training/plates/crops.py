"""An endless, seeded stream of training batches: which picture, which part of it, what is drawn on it."""
import random

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset

from camera import degrade
from scene import Target, add_decoy, add_plate, bounds, box_corners, crop_matrix, log_uniform, move, plate_width, take_crop
from targets import dense_targets

SMALL, LARGE = 320, 448
PLATE_WIDTHS = {SMALL: (12, 270), LARGE: (60, 410)}


class CropStream(IterableDataset):
    """Yields (crops uint8 [N,size,size,3], maps float32 [N,13,size/4,size/4], angles float32 [N]).

    real: pictures with plates; plain: pictures without; hard: (picture, [x,y]) places where an earlier
    network was wrong. Every fourth batch is of large crops, half as many.
    """

    def __init__(self, *, real, plain, hard, batch, seed):
        super().__init__()
        self.real, self.plain, self.hard = real, plain, hard
        self.batch, self.seed = batch, seed
        groups = sorted({p.group for p in real})
        self.by_group = [[p for p in real if p.group == g and p.boxes] for g in groups]
        self.group_weight = [len(g) ** 0.5 for g in self.by_group]

    def __iter__(self):
        cv2.setNumThreads(0)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))
        while True:
            large = rng.random() < 0.25
            size, count = (LARGE, self.batch // 2) if large else (SMALL, self.batch)
            rows = [self.one(rng, size) for _ in range(count)]
            yield tuple(torch.from_numpy(np.stack(column)) for column in zip(*rows))

    def one(self, rng, size):
        """One crop, its maps, and the angle it was turned by."""
        draw = rng.random()
        widths = PLATE_WIDTHS[size]
        angle = rng.gauss(0, 0.06) if rng.random() < 0.6 else rng.gauss(0, 0.25)
        if draw < 0.45:
            picture = rng.choice(rng.choices(self.by_group, self.group_weight)[0])
            box = rng.choice(picture.boxes)
            width = box[2] - box[0]
            scale = min(3.2, max(0.14, plate_width(rng, widths) / width))
            at = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        elif draw < 0.57 and self.hard:
            picture, at = rng.choice(self.hard)
            scale = log_uniform(rng, 0.35, 1.8)
        else:
            picture = rng.choice(self.real) if rng.random() < 0.45 else rng.choice(rng.choices(self.plain, (0.6, 0.4))[0])
            h, w = picture.read().shape[:2]
            at = [rng.uniform(0, w), rng.uniform(0, h)]
            scale = max(log_uniform(rng, 0.35, 1.8), min(1.2, size / max(h, w)))
        return self.build(rng, size, picture, at, scale, angle)

    def build(self, rng, size, picture, at, scale, angle):
        matrix = crop_matrix(rng, at=at, scale=scale, angle=angle, size=size)
        crop = take_crop(picture.read(), matrix, self.around(rng, size))
        targets = [Target(move(box_corners(box), matrix), box_only=True) for box in picture.boxes]
        unknown = [bounds(move(box_corners(box), matrix)) for box in picture.unknown]
        targets, unseen = visible(targets, size)
        unknown += unseen
        taken = [bounds(t.quad) for t in targets] + unknown
        if rng.random() < 0.55:
            for _ in range(rng.choice((1, 1, 2, 3))):
                targets += [t for t in [add_plate(crop, rng, taken, PLATE_WIDTHS[size])] if t]
        if rng.random() < 0.5:
            for _ in range(rng.randint(1, 3)):
                add_decoy(crop, rng, taken)
        if rng.random() < 0.5:
            crop, targets, unknown, angle = mirror(crop, targets, unknown, angle)
        maps = dense_targets(targets, unknown, size)
        return degrade(crop, rng), maps, np.float32(angle)


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


def mirror(crop, targets, unknown, angle):
    """Left to right; the corners keep their place in the picture, since mirrored text has no reading order."""
    size = crop.shape[1]
    for target in targets:
        quad = target.quad.copy()
        quad[:, 0] = size - quad[:, 0]
        target.quad = quad[[1, 0, 3, 2]]
    unknown = [(size - x2, y1, size - x1, y2) for x1, y1, x2, y2 in unknown]
    return np.ascontiguousarray(crop[:, ::-1]), targets, unknown, -angle
