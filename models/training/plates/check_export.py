"""Proves that the ONNX graph answers as the PyTorch network does, at several sizes, and times it on one thread.

Needs onnxruntime. With --write, a PyTorch interpreter writes reference answers; with --read, an interpreter
that has onnxruntime compares. One interpreter that has both can do it in two calls.
"""
import argparse
import os
import time

import cv2
import numpy as np

import truth
from detector import load

SIZES = ((640, 384), (960, 544), (1280, 736), (384, 640), (736, 1280), (32, 32), (64, 32), (320, 320), (992, 416))


def inputs(root):
    """Real pixels for every size: a frame scaled without regard to its shape, another for each size."""
    frames = truth.romania(root)
    for i, (w, h) in enumerate(SIZES):
        yield f'{w}x{h}', cv2.resize(frames[37 * i % len(frames)].read(), (w, h))


def compare(model, folder, root):
    look, worst = load(model, threads=1), [0.0, 0.0]
    for name, pixels in inputs(root):
        wanted = np.load(os.path.join(folder, name + '.npz'))
        quads, scores = look(pixels)
        assert quads.shape == (100, 8) and scores.shape == (100,), (quads.shape, scores.shape)
        sure = wanted['scores'] > 0.05
        worst = [max(worst[0], np.abs(scores - wanted['scores']).max()),
                 max(worst[1], np.abs(quads[sure] - wanted['quads'][sure]).max(initial=0))]
        print(f'{name}: {int(sure.sum())} finds above .05')
    print(f'largest difference: score {worst[0]:.2e}, corner {worst[1]:.2e} px')
    assert worst[0] < 1e-3 and worst[1] < 0.05


def clock(model, root):
    look = load(model, threads=1)
    for name, pixels in list(inputs(root))[:3]:
        spent = []
        for _ in range(60):
            before = time.process_time()
            look(pixels)
            spent.append((time.process_time() - before) * 1000)
        print(f'{name}: CPU ms median {np.median(spent[5:]):.1f}, least {min(spent):.1f}')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data')
    parser.add_argument('--folder', required=True, help='where the reference answers lie')
    parser.add_argument('--write', nargs=2, metavar=('CHECKPOINT', 'SECOND'))
    parser.add_argument('--read', metavar='ONNX')
    given = parser.parse_args()
    root = truth.data_root(given.data)
    if given.write:
        os.makedirs(given.folder, exist_ok=True)
        network = load(given.write[0], second=given.write[1])
        for size, picture in inputs(root):
            quads, scores = network(picture)
            np.savez(os.path.join(given.folder, size + '.npz'), quads=quads, scores=scores)
    if given.read:
        compare(given.read, given.folder, root)
        clock(given.read, root)
