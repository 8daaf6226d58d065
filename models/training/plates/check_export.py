"""Proves that the ONNX graph answers as the PyTorch network does, at several sizes, and times it on one thread.

The graph of quantize.py rounds: its finds may be surer or less sure, and the same where no kernels for bytes are used.
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


def near_score(quads, scores, quad):
    """The best score of a find whose centre lies within 8 px of the quad's, else 0."""
    off = np.abs(quads.reshape(-1, 4, 2).mean(1) - quad.reshape(4, 2).mean(0)).max(1)
    return scores[off < 8].max(initial=0)


def compare_bytes(model, folder, root):
    rounded, plain = load(model, threads=1), load(model, threads=1, byte_kernels=False)
    shifts, kernels = [], []
    for name, pixels in inputs(root):
        wanted = np.load(os.path.join(folder, name + '.npz'))
        answer, other = rounded(pixels), plain(pixels)
        for quad, score in zip(wanted['quads'], wanted['scores']):
            if score >= 0.25:
                shifts.append(near_score(*answer, quad) - score)
                kernels.append(near_score(*answer, quad) - near_score(*other, quad))
    print(f'{len(shifts)} finds above .25: score off by {np.mean(shifts):+.3f} in the mean, {np.abs(shifts).max():.3f} at most; '
          f'kernels for bytes against floats {np.abs(kernels).max():.3f} at most')
    assert abs(np.mean(shifts)) < 0.05 and np.abs(kernels).max() < 0.1


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
    parser.add_argument('--read', metavar='ONNX', help='the graph of export.py')
    parser.add_argument('--bytes', metavar='ONNX', help='the graph of quantize.py')
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
    if given.bytes:
        compare_bytes(given.bytes, given.folder, root)
        clock(given.bytes, root)
