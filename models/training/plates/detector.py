"""Runs a plate detector file (.onnx or a checkpoint) on whole pictures, as the product does: letterbox, look, undo."""
from dataclasses import dataclass

import cv2
import numpy as np

SIDE_MULTIPLE = 32
SAME_PLATE_IOU = 0.4


@dataclass
class Find:
    """One detected plate: quad [4,2] in pixels of the picture given, score 0..1."""
    quad: np.ndarray
    score: float

    @property
    def box(self):
        return np.concatenate((self.quad.min(0), self.quad.max(0)))


def iou(a, b):
    """Intersection over union of two boxes x1,y1,x2,y2."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def letterbox(pixels, long_side):
    """uint8 RGB scaled to the long side, padded at right and bottom to multiples of 32; and the scale used."""
    h, w = pixels.shape[:2]
    scale = long_side / max(h, w)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(pixels, (max(1, round(w * scale)), max(1, round(h * scale))), interpolation=way)
    down, across = (-scaled.shape[0]) % SIDE_MULTIPLE, (-scaled.shape[1]) % SIDE_MULTIPLE
    return cv2.copyMakeBorder(scaled, 0, down, 0, across, cv2.BORDER_CONSTANT, value=(114, 114, 114)), scale


def load(path, threads=2, second=None, byte_kernels=True):
    """A function from uint8 RGB [h,w,3] (sides multiples of 32) to quads [K,8] and scores [K].

    byte_kernels: whether the runtime may use them; without, a graph of quantize.py is rounded but worked out in floats.
    path: a graph, or a checkpoint of train.py; then `second`, one of train_second_look.py, joins it.
    """
    if path.endswith('.onnx'):
        import onnxruntime
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.add_session_config_entry('session.disable_quant_qdq', '0' if byte_kernels else '1')
        session = onnxruntime.InferenceSession(path, settings, providers=['CPUExecutionProvider'])

        def look(pixels):
            quads, scores = session.run(['quads', 'scores'], {'pixels': pixels[None]})
            return quads[0], scores[0]
        return look
    import torch
    from export import load_net, load_second
    from net import DecodedPlateNet
    from second_look import DetectorWithSecondLook
    torch.set_num_threads(threads)
    net = DetectorWithSecondLook(load_net(path), load_second(second)) if second else DecodedPlateNet(load_net(path))
    net.eval()

    def look_torch(pixels):
        with torch.no_grad():
            quads, scores = net(torch.from_numpy(np.ascontiguousarray(pixels))[None])
        return quads[0].numpy(), scores[0].numpy()
    return look_torch


def detect(look, pixels, *, long_sides=(640, 960), threshold=0.3):
    """Finds of one picture, seen at each of the sizes, best first, doubles removed (non-maximum suppression on the boxes)."""
    finds = []
    for long_side in long_sides:
        boxed, scale = letterbox(pixels, long_side)
        quads, scores = look(boxed)
        finds += [Find(quad.reshape(4, 2) / scale, float(score)) for quad, score in zip(quads, scores) if score >= threshold]
    kept = []
    for find in sorted(finds, key=lambda f: -f.score):
        if all(iou(find.box, k.box) < SAME_PLATE_IOU for k in kept):
            kept.append(find)
    return kept
