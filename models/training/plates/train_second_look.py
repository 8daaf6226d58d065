"""Trains the second look on patches of drawn and real plates and of what looks like one; the detector stays as it is."""
import argparse
import copy
import json
import math
import os
import time

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader

import truth
from net import PIXEL_MEAN
from second_look import SecondLook
from second_look_crops import BOX, CORNERS, NONE, PATCH_REDRESSED, PATCH_WIDTHS, PatchStream
from targets import BOX_WEIGHT, box_error
from train import blend, rate_at, save, stream


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', help=f'shared data; else ${truth.DATA_VARIABLE}, else ../shared/data')
    parser.add_argument('--out', required=True, help='folder for checkpoints and the log')
    parser.add_argument('--hold-out', nargs='*', default=[truth.NIGHT], help='drives never trained on')
    parser.add_argument('--steps', type=int, default=8000)
    parser.add_argument('--minutes', type=float, default=math.inf, help='the schedule ends by then, whatever the step')
    parser.add_argument('--batch', type=int, default=64)
    parser.add_argument('--rate', type=float, default=2e-3)
    parser.add_argument('--warm', type=int, default=200, help='steps until the full rate')
    parser.add_argument('--seed', type=int, default=20261127)
    parser.add_argument('--hard', help='places.json of mine.py; else the looked-at places of hard_places.json')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--start', help='checkpoint whose averaged weights to start from')
    parser.add_argument('--every', type=int, default=250, help='steps between checkpoints')
    return parser.parse_args()


def losses(answer, logits, corners, kinds, angles):
    """(corner error in units of sqrt(width x height), cross entropy of plate or none)."""
    quad, goal = answer.view(-1, 4, 2), corners.view(-1, 4, 2)
    plate = kinds != NONE
    sides = torch.stack((goal[:, 1] - goal[:, 0], goal[:, 3] - goal[:, 0]), 1).norm(dim=2)
    unit = sides.prod(1).sqrt().clamp(min=2)
    by_corner = F.smooth_l1_loss(quad, goal, reduction='none', beta=0.5).mean((1, 2)) / unit
    by_box = box_error(quad, goal, angles) / unit
    by_place = torch.where(kinds == CORNERS, by_corner, torch.where(kinds == BOX, BOX_WEIGHT * by_box, torch.zeros_like(by_box)))
    return by_place.sum() / plate.sum().clamp(min=1), F.binary_cross_entropy_with_logits(logits, plate.float())


def train(given):
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    os.makedirs(given.out, exist_ok=True)
    net = SecondLook()
    if given.start:
        net.load_state_dict(torch.load(given.start, map_location='cpu')['average'])
    net = net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=given.rate, weight_decay=1e-4)
    patches = PatchStream(stream(given, set(given.hold_out), widths=PATCH_WIDTHS, redressed=PATCH_REDRESSED), batch=given.batch, seed=given.seed)
    batches = iter(DataLoader(patches, batch_size=None, num_workers=1, prefetch_factor=4))
    net.train()
    began, sums, done, step = time.time(), [0.0, 0.0], 0.0, 0
    while done < 1:
        for group in optimiser.param_groups:
            group['lr'] = rate_at(step, done, given)
        pixels, corners, kinds, angles = next(batches)
        answer, logits = net(pixels.permute(0, 3, 1, 2).float() - PIXEL_MEAN)
        by_place, by_kind = losses(answer, logits, corners, kinds, angles)
        optimiser.zero_grad(set_to_none=True)
        (4 * by_place + by_kind).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimiser.step()
        blend(average, net, step)
        step += 1
        spent = time.time() - began
        done = max(step / given.steps, spent / 60 / given.minutes)
        sums = [a + b.item() for a, b in zip(sums, (by_place, by_kind))]
        if step % 50 == 0:
            print(json.dumps({'step': step, 'place': sums[0] / 50, 'plate': sums[1] / 50, 'seconds': round(spent)}), flush=True)
            sums = [0.0, 0.0]
        if step % given.every == 0 or done >= 1:
            save(os.path.join(given.out, 'last.pt'), net=net, average=average, optimiser=optimiser, step=step, spent=spent,
                 given=given)


if __name__ == '__main__':
    train(options())
