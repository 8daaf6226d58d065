"""Trains a small face detector, the plate detector's first look with other pictures; the loop is the plates'.

From the plate detector's weights where --plates names its checkpoint: their batch normalisation, folded away there, is
put back so that the network answers the same in the first step.
"""
import argparse
import os
import random

import numpy as np
import torch
from torch import nn

import shared_parts  # noqa: F401
import truth
from crops import SMALL
from face_crops import FaceStream, people, with_faces
from net import PlateNet
from train import train, with_loop_options


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--labels', required=True, help='the JSON of face_label.py')
    parser.add_argument('--cutouts', required=True, help='the folder of face_cutouts.py')
    parser.add_argument('--plates', help="the plates' checkpoints/first.pt, to start from its weights")
    return with_loop_options(parser).parse_args()


def stream(given):
    """Films and dashcam frames as streets (measuring sets are in neither), portraits whole and cut out."""
    root = truth.data_root(given.data)
    labels = truth.read_json(given.labels)
    streets = with_faces(truth.film_frames(root), labels, by_name=False) + with_faces(truth.romania(root), labels, by_name=True)
    portraits = with_faces(truth.portraits(root), labels, by_name=True)
    cut_out = people(given.cutouts)
    print(f'streets {len(streets)} portraits {len(portraits)} people {len(cut_out)}', flush=True)
    return FaceStream(streets=streets, portraits=portraits, people=cut_out, batch=given.batch, seed=given.seed)


def with_normalisation(state, pictures):
    """A PlateNet whose convolutions are those of a folded state; normalisation is set by a look at pictures so as to change nothing."""
    net = PlateNet().train()
    convolutions = {name: value for name, value in state.items() if name in net.state_dict()}
    left_out = net.load_state_dict(convolutions, strict=False).missing_keys
    assert all('.1.' in name for name in left_out), left_out
    biases = {name: state[name[:-1] + '0.bias'] for name, part in net.named_modules() if isinstance(part, nn.BatchNorm2d)}

    def neutral(name):
        def set_from(part, inputs):
            spread, mean = torch.var_mean(inputs[0], (0, 2, 3), unbiased=False)
            with torch.no_grad():
                part.weight.copy_((spread + part.eps).sqrt())
                part.bias.copy_(mean + biases[name])
        return set_from
    hooks = [part.register_forward_pre_hook(neutral(name)) for name, part in net.named_modules() if name in biases]
    with torch.no_grad():
        net(pictures)
    for hook in hooks:
        hook.remove()
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
    return net


def main():
    given = options()
    crops = stream(given)
    if given.plates and not given.resume and not given.start:
        state = torch.load(given.plates, map_location='cpu')['average']
        rng = random.Random(given.seed)
        pictures = np.stack([crops.both(rng, SMALL)[0][0] for _ in range(given.batch)])
        pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
        start = os.path.join(given.out, 'start.pt')
        os.makedirs(given.out, exist_ok=True)
        torch.save({'average': with_normalisation(state, pictures).state_dict()}, start)
        given.start = start
    train(given, crops)


if __name__ == '__main__':
    main()
