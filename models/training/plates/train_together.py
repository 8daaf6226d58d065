"""Trains both looks of several detectors from one stream of drawn crops: the one to ship, a wider one, and those with a drive left out.

Drawing is what training waits for; drawn once, a crop serves every learner that may see it. Meant for a GPU
with many cores beside it; runs on a CPU too. Writes NAME-first.pt and NAME-second.pt for each learner.
"""
import argparse
import copy
import json
import math
import os
import time
from dataclasses import dataclass, field

import torch
from torch.utils.data import DataLoader

import truth
from net import LARGE_SHAPE, PIXEL_MEAN, PlateNet
from second_look import SecondLook
from shared_stream import SharedStream
from targets import corner_loss, heat_loss
from train import CORNER_WEIGHT, blend, rate_at, stream
from train_second_look import losses


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', help=f'shared data; else ${truth.DATA_VARIABLE}, else ../shared/data')
    parser.add_argument('--out', required=True, help='folder for checkpoints')
    parser.add_argument('--learners', nargs='+', default=['all', 'all-large', *truth.DRIVES],
                        help='all, all-large, or a drive: the detector that never sees it')
    parser.add_argument('--steps', type=int, default=12000)
    parser.add_argument('--minutes', type=float, default=math.inf, help='the schedule ends by then, whatever the step')
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--patch-batch', type=int, default=384)
    parser.add_argument('--rate', type=float, default=2.5e-3)
    parser.add_argument('--warm', type=int, default=300, help='steps until the full rate')
    parser.add_argument('--seed', type=int, default=20261201)
    parser.add_argument('--hard', help='places.json of mine.py; else the looked-at places of hard_places.json')
    parser.add_argument('--loaders', type=int, default=1)
    parser.add_argument('--every', type=int, default=1000, help='steps between checkpoints')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    return parser.parse_args()


@dataclass
class Look:
    """A network that learns, the average of its weights, and its losses since the last report."""
    net: torch.nn.Module
    average: torch.nn.Module
    optimiser: torch.optim.Optimizer
    sums: list = field(default_factory=lambda: [0.0, 0.0])

    def learn(self, first_loss, second_loss, weights, step):
        self.optimiser.zero_grad(set_to_none=True)
        (weights[0] * first_loss + weights[1] * second_loss).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimiser.step()
        blend(self.average, self.net, step)
        self.sums = [old + new.detach() for old, new in zip(self.sums, (first_loss, second_loss))]

    def report(self, steps):
        means = [round(float(s) / steps, 4) for s in self.sums]
        self.sums = [0.0, 0.0]
        return means


@dataclass
class Learner:
    name: str
    first: Look
    second: Look


def look_of(net, given):
    net = net.to(given.device, memory_format=torch.channels_last).train()
    return Look(net, copy.deepcopy(net), torch.optim.AdamW(net.parameters(), lr=given.rate, weight_decay=1e-4))


def learners_of(given):
    def made(name):
        torch.manual_seed(given.seed)
        first = PlateNet(**LARGE_SHAPE) if name == 'all-large' else PlateNet()
        return Learner(name, look_of(first, given), look_of(SecondLook(), given))
    return [made(name) for name in given.learners]


def allowed(groups, name, device):
    """Rows that a learner may see, as an index on the device; the stream's group numbers are those of truth.DRIVES.

    A learner that leaves a drive out sees always as many rows: with a new number of rows at every step, CUDA's
    convolutions are planned anew at every step, which took a hundred times the step's own time.
    """
    if name not in truth.DRIVES:
        return torch.arange(len(groups), device=device)
    seen = torch.nonzero(groups != truth.DRIVES.index(name))[:, 0]
    often = len(groups) * 5 // 8
    return seen.repeat(-(-often // max(1, len(seen))))[:often].to(device, non_blocking=True)


def train(given):
    if given.device == 'cuda':
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    os.makedirs(given.out, exist_ok=True)
    learners = learners_of(given)
    scenes = stream(given, set())
    for picture in [*scenes.real, *(p for pictures in scenes.plain for p in pictures)]:
        picture.read()  # before the loaders are forked, so that they share the memory
    shared = SharedStream(scenes, groups=list(truth.DRIVES), batch=given.batch, patch_batch=given.patch_batch, seed=given.seed)
    batches = iter(DataLoader(shared, batch_size=None, num_workers=given.loaders, prefetch_factor=4, pin_memory=given.device == 'cuda'))
    began, done, step = time.time(), 0.0, 0
    while done < 1:
        rate = rate_at(step, done, given)
        batch = next(batches)
        groups, patch_groups = batch[3], batch[8]
        crops, maps, angles, _, patches, corners, kinds, patch_angles, _ = (t.to(given.device, non_blocking=True) for t in batch)
        pictures = crops.permute(0, 3, 1, 2).float()  # the permuted view of NHWC bytes is channels-last already
        parts = patches.permute(0, 3, 1, 2).float() - PIXEL_MEAN
        for learner in learners:
            for look in (learner.first, learner.second):
                look.optimiser.param_groups[0]['lr'] = rate
            own = allowed(groups, learner.name, given.device)
            heat, offsets = learner.first.net(pictures[own])
            learner.first.learn(heat_loss(heat[:, 0], maps[own, 0], maps[own, 1]), corner_loss(offsets, maps[own], angles[own]),
                                (1, CORNER_WEIGHT), step)
            own = allowed(patch_groups, learner.name, given.device)
            answer, logits = learner.second.net(parts[own])
            learner.second.learn(*losses(answer, logits, corners[own], kinds[own], patch_angles[own]), (4, 1), step)
        step += 1
        spent = time.time() - began
        done = max(step / given.steps, spent / 60 / given.minutes)
        if step % 100 == 0:
            rows = {learner.name: learner.first.report(100) + learner.second.report(100) for learner in learners}
            print(json.dumps({'step': step, 'seconds': round(spent), **rows}), flush=True)
        if step % given.every == 0 or done >= 1:
            for learner in learners:
                keep(os.path.join(given.out, f'{learner.name}-first.pt'), learner.first, step, given)
                keep(os.path.join(given.out, f'{learner.name}-second.pt'), learner.second, step, given)


def keep(path, look, step, given):
    weights = {name: value.cpu() for name, value in look.average.state_dict().items()}
    torch.save({'average': weights, 'step': step, 'options': vars(given)}, path + '.part')
    os.replace(path + '.part', path)


if __name__ == '__main__':
    train(options())
