"""Reads the weights of an exported graph back into a checkpoint, to train on from; fails where the answers differ."""
import argparse

import cv2
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

import truth
from detector import load
from net import DecodedPlateNet, PlateNet


def convolutions(net):
    """The convolutions in the order in which they run, which is the order in the graph."""
    order = []
    hooks = [m.register_forward_hook(lambda module, *_: order.append(module)) for m in net.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        net(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    return order


def read_weights(path):
    """A PlateNet with the weights of the graph."""
    graph, net = onnx.load(path).graph, PlateNet(folded=True).eval()
    held = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    nodes = [n for n in graph.node if n.op_type == 'Conv']
    for module, node in zip(convolutions(net), nodes, strict=True):
        weight, bias = (torch.tensor(held[name]) for name in node.input[1:3])
        if weight.shape != module.weight.shape:
            raise SystemExit(f'{node.name}: {tuple(weight.shape)} is not {tuple(module.weight.shape)}')
        module.weight.data, module.bias.data = weight, bias
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', default='../../plates/plate-quad.onnx')
    parser.add_argument('--data')
    parser.add_argument('--out', required=True, help='the checkpoint')
    given = parser.parse_args()
    net = read_weights(given.model)
    pixels = cv2.resize(truth.romania(truth.data_root(given.data))[37].read(), (640, 384))
    quads, scores = load(given.model, threads=1)(pixels)
    with torch.no_grad():
        own_quads, own_scores = (t[0].numpy() for t in DecodedPlateNet(net)(torch.from_numpy(pixels)[None]))
    sure = scores > 0.05
    assert np.abs(scores - own_scores).max() < 1e-4 and np.abs(quads - own_quads)[sure].max() < 1e-2
    torch.save({'net': net.state_dict(), 'average': net.state_dict()}, given.out)


if __name__ == '__main__':
    main()
