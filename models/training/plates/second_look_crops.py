"""An endless, seeded stream of patches for the second look: plates, drawn and real, and what is none, cut as finds are."""
import random

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset

from camera import degrade, degrade_little
from crops import LARGE, SMALL, mirror
from net import PIXEL_MEAN
from scene import bounds, overlaps
from second_look import PATCH_H, PATCH_W, patch_region

NONE, CORNERS, BOX = 0, 1, 2
POOL = 1024
# A patch of a plate narrower than PATCH_W / ROOM pixels is enlarged, and says little of where its edges are.
PATCH_WIDTHS = {SMALL: (16, 220), LARGE: (40, 300)}
PATCH_REDRESSED = 0.85  # labels of real plates are looser than the plate
CLEAR = 0.45  # of the patches from a camera with few faults


class PatchStream(IterableDataset):
    """Yields (patches uint8 [N,64,128,3], corners float32 [N,8] in patch pixels, kinds int64 [N], angles float32 [N])."""

    def __init__(self, scenes, *, batch, seed):
        super().__init__()
        self.scenes, self.batch, self.seed = scenes, batch, seed

    def __iter__(self):
        cv2.setNumThreads(0)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))
        pool = []
        while True:
            while len(pool) < POOL:
                scene = self.scenes.scene(rng, SMALL if rng.random() < 0.7 else LARGE)
                pool += patches_of(scene, rng) + patches_of(mirror(scene), rng)
            rng.shuffle(pool)
            for _ in range(2):
                rows, pool = pool[:self.batch], pool[self.batch:]
                yield tuple(torch.from_numpy(np.stack(column)) for column in zip(*rows))


def patches_of(scene, rng):
    """Every plate two to four times, every look-alike once or twice, a random place now and then."""
    crop = degrade_little(scene.crop, rng) if rng.random() < CLEAR else degrade(scene.crop, rng)
    rows = []
    for target in scene.targets:
        box = np.concatenate((target.quad.min(0), target.quad.max(0)))
        for _ in range(2 if target.box_only else 4):
            rows.append(patch_row(crop, moved(box, rng), target.quad, BOX if target.box_only else CORNERS, scene.angle))
    taken = [bounds(t.quad) for t in scene.targets] + scene.unknown
    for decoy in scene.decoys:
        if overlaps(decoy, taken):
            continue
        for _ in range(2):
            rows.append(patch_row(crop, part_of(decoy, rng), np.zeros((4, 2)), NONE, 0))
    for _ in range(1):
        width = rng.uniform(14, 120)
        x, y = rng.uniform(0, scene.size), rng.uniform(0, scene.size)
        box = np.array([x, y, x + width, y + width / rng.uniform(1.5, 5)])
        if not overlaps(box, taken, room=8):
            rows.append(patch_row(crop, box, np.zeros((4, 2)), NONE, 0))
    return rows


def moved(box, rng):
    """The box as a first look would give it: shifted, of another size and shape; now and then badly."""
    much = 2.0 if rng.random() < 0.25 else 1.0
    w, h = box[2:] - box[:2]
    x, y = (box[:2] + box[2:]) / 2 + [rng.gauss(0, 0.08 * much) * w, rng.gauss(0, 0.14 * much) * h]
    grow = np.exp(rng.gauss(0, 0.14 * much))
    w, h = w * grow, h * grow * np.exp(rng.gauss(0, 0.15 * much))
    return np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def part_of(rect, rng):
    """A box of a plate's shape on a look-alike: all of it or the part that could be taken for one."""
    x1, y1, x2, y2 = rect
    w = max(8, (x2 - x1) * rng.uniform(0.5, 1.1))
    h = max(4, min((y2 - y1) * rng.uniform(0.6, 1.1), w / rng.uniform(1.1, 4.5)))
    x, y = (x1 + x2) / 2 + rng.gauss(0, 0.12) * (x2 - x1), (y1 + y2) / 2 + rng.gauss(0, 0.12) * (y2 - y1)
    return np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def patch_row(crop, box, quad, kind, angle):
    """One patch, cut as RoiAlign cuts it, and its truth in patch pixels."""
    x1, y1, x2, y2 = patch_region(torch.tensor(box[None], dtype=torch.float32))[0].tolist()
    scale = PATCH_W / (x2 - x1)
    fine = max(1, int(np.ceil(1 / scale)))
    matrix = np.float64([[scale * fine, 0, -x1 * scale * fine], [0, scale * fine, -y1 * scale * fine]])
    matrix[:, 2] += 0.5 * scale * fine - 0.5  # from pixel edges to pixel middles
    patch = cv2.warpAffine(crop, matrix, (PATCH_W * fine, PATCH_H * fine), flags=cv2.INTER_LINEAR, borderValue=(PIXEL_MEAN,) * 3)
    if fine > 1:
        patch = cv2.resize(patch, (PATCH_W, PATCH_H), interpolation=cv2.INTER_AREA)
    corners = (np.asarray(quad) - [x1, y1]) * scale
    return patch, corners.reshape(8).astype(np.float32), np.int64(kind), np.float32(angle)
