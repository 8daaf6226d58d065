"""Writes a checkpoint as the ONNX graph that the product runs: uint8 in, decoded quads and scores out."""
import argparse

import torch

from net import net_for
from second_look import DetectorWithSecondLook, SecondLook

OPSET = 17


def load_net(path, *, averaged=True):
    """The network of a checkpoint of train.py on the CPU, in evaluation mode."""
    saved = torch.load(path, map_location='cpu')
    return net_for(saved['average' if averaged else 'net']).eval()


def load_second(path):
    """The second look of a checkpoint of train_second_look.py on the CPU, in evaluation mode."""
    net = SecondLook()
    net.load_state_dict(torch.load(path, map_location='cpu')['average'], strict=False)
    return net.eval()


def export(net, second, path):
    """Writes `pixels` uint8 [1,H,W,3] -> `quads` [1,100,8], `scores` [1,100]; H and W stay free."""
    pixels = torch.randint(0, 255, (1, 384, 640, 3), dtype=torch.uint8)
    torch.onnx.export(
        DetectorWithSecondLook(net, second).eval(), (pixels,), path, opset_version=OPSET,
        input_names=['pixels'], output_names=['quads', 'scores'],
        dynamic_axes={'pixels': {1: 'height', 2: 'width'}},
    )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--checkpoint', required=True)
    parser.add_argument('--second', required=True, help='checkpoint of train_second_look.py')
    parser.add_argument('--out', default='../../plates/plate-quad.onnx')
    parser.add_argument('--raw', action='store_true', help='the last weights instead of their average')
    options = parser.parse_args()
    export(load_net(options.checkpoint, averaged=not options.raw), load_second(options.second), options.out)
