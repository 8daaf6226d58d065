"""Writes a checkpoint of train_faces.py as an ONNX graph: uint8 in, decoded boxes and scores out."""
import argparse

import torch
from torch import nn

import shared_parts  # noqa: F401
from export import OPSET, load_net
from net import DecodedPlateNet


class DecodedFaceNet(nn.Module):
    """uint8 RGB [1,H,W,3] -> boxes float [1,100,4] x1,y1,x2,y2 in input pixels and scores float [1,100], best first."""

    def __init__(self, net):
        super().__init__()
        self.decoded = DecodedPlateNet(net)

    def forward(self, pixels):
        quads, scores = self.decoded(pixels)
        x, y = quads[..., 0::2], quads[..., 1::2]
        left, right = (x[..., 0] + x[..., 3]) / 2, (x[..., 1] + x[..., 2]) / 2
        top, bottom = (y[..., 0] + y[..., 1]) / 2, (y[..., 2] + y[..., 3]) / 2
        return torch.stack((left, top, right, bottom), 2), scores


def export(net, path):
    pixels = torch.randint(0, 255, (1, 384, 640, 3), dtype=torch.uint8)
    torch.onnx.export(
        DecodedFaceNet(net).eval(), (pixels,), path, opset_version=OPSET, input_names=['pixels'], output_names=['boxes', 'scores'],
        dynamic_axes={'pixels': {1: 'height', 2: 'width'}},
    )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--checkpoint', required=True)
    parser.add_argument('--out', required=True)
    options = parser.parse_args()
    export(load_net(options.checkpoint), options.out)
