"""Trains the plate network from the shared pictures and drawn plates; writes a checkpoint every few minutes.

A checkpoint holds the step, the weights, their running average (the one to ship) and the optimiser.
"""
import argparse
import copy
import json
import math
import os
import time

import torch
from torch.utils.data import DataLoader

import truth
from crops import CropStream
from net import PlateNet, net_for
from targets import corner_loss, heat_loss

AVERAGE = 0.998
CORNER_WEIGHT = 4.0


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--hold-out', nargs='*', default=[truth.NIGHT], help='drives never trained on')
    parser.add_argument('--hard', help='places.json of mine.py; else the looked-at places of hard_places.json')
    return with_loop_options(parser).parse_args()


def with_loop_options(parser):
    """Adds what `train` reads, whatever is learned."""
    parser.add_argument('--data', help=f'shared data; else ${truth.DATA_VARIABLE}, else ../shared/data')
    parser.add_argument('--out', required=True, help='folder for checkpoints and the log')
    parser.add_argument('--steps', type=int, default=9000)
    parser.add_argument('--minutes', type=float, default=math.inf, help='the schedule ends by then, whatever the step')
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--rate', type=float, default=2e-3)
    parser.add_argument('--warm', type=int, default=300, help='steps until the full rate')
    parser.add_argument('--seed', type=int, default=20261123)
    parser.add_argument('--resume', help='checkpoint to go on from, optimiser and step included')
    parser.add_argument('--start', help='checkpoint whose averaged weights to start from')
    parser.add_argument('--loaders', type=int, default=1)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--every', type=int, default=500, help='steps between checkpoints')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    return parser


def stream(given, held_out, **how):
    """A CropStream of all that may be trained on; `how`: what it takes beside pictures."""
    root = truth.data_root(given.data)
    real = [p for p in truth.romania(root, training=True) + truth.labelled_films(root) if p.group not in held_out]
    films, people = truth.film_frames(root), truth.portraits(root)
    known = {p.path if '#' in p.path else os.path.basename(p.path): p for p in real + films + people}
    rows = truth.read_json(given.hard) if given.hard else truth.hard_places()
    hard = [(known[row['image']], row['box']) for row in rows if row['image'] in known]
    print(f'real {len(real)} films {len(films)} portraits {len(people)} hard {len(hard)}', flush=True)
    return CropStream(real=real, plain=(films, people), hard=hard, batch=given.batch, seed=given.seed, **how)


def rate_at(step, done, given):
    """Linear warm-up, then half a cosine over `done` (0..1) down to 1 % of the rate."""
    warm = min(1.0, (step + 1) / given.warm)
    return given.rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, done))) / 2)


def blend(average, net, step):
    keep = min(AVERAGE, (step + 1) / (step + 10))
    both = list(zip(average.state_dict().values(), net.state_dict().values()))
    old, new = zip(*((a, b) for a, b in both if a.dtype.is_floating_point))
    with torch.no_grad():
        torch._foreach_mul_(old, keep)
        torch._foreach_add_(old, new, alpha=1 - keep)
        for a, b in both:
            if not a.dtype.is_floating_point:
                a.copy_(b)


def save(path, *, net, average, optimiser, step, spent, given):
    torch.save({'net': net.state_dict(), 'average': average.state_dict(), 'optimiser': optimiser.state_dict(),
                'step': step, 'spent': spent, 'options': vars(given)}, path + '.part')
    os.replace(path + '.part', path)


def train(given, crops):
    """The loop: `crops` is an endless SceneStream; see the arguments for the rest."""
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    os.makedirs(given.out, exist_ok=True)
    device = torch.device(given.device)
    net = PlateNet()
    step, spent, saved = 0, 0.0, None
    if given.resume or given.start:
        saved = torch.load(given.resume or given.start, map_location='cpu')
        net = net_for(saved['net' if given.resume else 'average'])
    net = net.to(device, memory_format=torch.channels_last)
    average = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=given.rate, weight_decay=1e-4)
    if given.resume:
        step, spent = saved['step'], saved['spent']
        average.load_state_dict(saved['average'])
        optimiser.load_state_dict(saved['optimiser'])
    batches = iter(DataLoader(crops, batch_size=None, num_workers=given.loaders, prefetch_factor=4))
    began, sums, done = time.time() - spent, [0.0, 0.0], 0.0
    net.train()
    while done < 1:
        for group in optimiser.param_groups:
            group['lr'] = rate_at(step, done, given)
        crops, maps, angles = (t.to(device, non_blocking=True) for t in next(batches))
        # The permuted view of NHWC bytes is channels-last already.
        heat, offsets = net(crops.permute(0, 3, 1, 2).float())
        by_heat = heat_loss(heat[:, 0], maps[:, 0], maps[:, 1])
        by_corner = corner_loss(offsets, maps, angles)
        optimiser.zero_grad(set_to_none=True)
        (by_heat + CORNER_WEIGHT * by_corner).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimiser.step()
        blend(average, net, step)
        step += 1
        spent = time.time() - began
        done = max(step / given.steps, spent / 60 / given.minutes)
        sums = [a + b.item() for a, b in zip(sums, (by_heat, by_corner))]
        if step % 50 == 0:
            row = {'step': step, 'heat': sums[0] / 50, 'corner': sums[1] / 50, 'seconds': round(spent)}
            sums = [0.0, 0.0]
            print(json.dumps(row), flush=True)
        if step % given.every == 0 or done >= 1:
            save(os.path.join(given.out, 'last.pt'), net=net, average=average, optimiser=optimiser, step=step, spent=spent,
                 given=given)


if __name__ == '__main__':
    given = options()
    train(given, stream(given, set(given.hold_out)))
