"""One stream for several learners: crops for first looks and patches for second looks out of the same scenes, each with its source."""
import random

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset

from crops import LARGE, SMALL, crop_of, mirror
from second_look_crops import patches_of

POOL, PATCH_POOL = 192, 1536


class SharedStream(IterableDataset):
    """Yields (crops, maps, angles, groups, patches, corners, kinds, patch angles, patch groups).

    The first three as CropStream gives them, four of the rest as PatchStream; groups: int64 [N], the place of the
    picture's group in `groups`, or -1: by them a learner leaves out what it must not see.
    """

    def __init__(self, scenes, *, groups, batch, patch_batch, seed):
        super().__init__()
        self.scenes, self.groups, self.seed = scenes, groups, seed
        self.batch, self.patch_batch = batch, patch_batch

    def __iter__(self):
        cv2.setNumThreads(0)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))
        pools, patches = {SMALL: [], LARGE: []}, []
        while True:
            size = LARGE if rng.random() < 0.12 else SMALL
            while len(pools[size]) < POOL + self.batch:
                self.draw(rng, size, pools[size], patches)
            while len(patches) < self.patch_batch:
                self.draw(rng, SMALL, pools[SMALL], patches)
            rows = taken(pools[size], rng, self.batch), taken(patches, rng, self.patch_batch)
            del patches[PATCH_POOL:]
            yield tuple(torch.from_numpy(np.stack(column)) for part in rows for column in zip(*part))

    def draw(self, rng, size, pool, patches):
        """One scene: two crops into the pool, and the patches of one of them."""
        scene = self.scenes.scene(rng, size)
        group = np.int64(self.groups.index(scene.group) if scene.group in self.groups else -1)
        other = mirror(scene)
        pool += [(*crop_of(scene, rng), group), (*crop_of(other, rng), group)]
        patches += [(*row, group) for row in patches_of(rng.choice((scene, other)), rng)]


def taken(pool, rng, count):
    """`count` rows from random places of the pool, out of which they go."""
    rng.shuffle(pool)
    rows = pool[-count:]
    del pool[-count:]
    return rows
