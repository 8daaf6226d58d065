"""Opens a face detector file, whatever its outputs, as one function from pixels to boxes with scores.

Known: our own (`boxes`, `scores`), a checkpoint of train_faces.py, the prepared CenterFace and RetinaFace, YuNet. Boxes of those
that give points are moved as the product moves them, so all are judged by the same idea of where a face begins and ends.
"""
import numpy as np

import shared_parts  # noqa: F401
from detector import iou
from face_label import extent

ONE_FACE_IOU = 0.3
FAINT = 0.02
MAPS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))  # RetinaFace's anchors: processors/anonymizer/pure/face-anchor.ts


def of_outputs(scores, boxes, points=None):
    """Rows of (score, box) of one picture, doubles removed, best first."""
    kept = []
    for i in np.argsort(-scores):
        if scores[i] < FAINT:
            break
        box = boxes[i] if points is None else extent(boxes[i], points[i].reshape(5, 2))
        if all(iou(box, other) < ONE_FACE_IOU for _, other in kept):
            kept.append((float(scores[i]), box))
    return kept


def retina(session, name, pixels):
    scores, numbers, places, points = session.run(['scores', 'anchors', 'places', 'points'], {name: pixels[None]})
    keep = scores >= FAINT
    scores, numbers, places, points = scores[keep], numbers[keep], places[keep], points[keep]
    height, width = pixels.shape[:2]
    anchors = np.concatenate([
        np.stack([np.tile(np.repeat((np.arange(width // s) + 0.5) * s, 2), height // s), np.repeat((np.arange(height // s) + 0.5) * s, width // s * 2),
                  np.tile(sides, width // s * (height // s))], 1) for s, sides in MAPS])[numbers]
    side = anchors[:, 2:]
    centre, half = anchors[:, :2] + places[:, :2] * 0.1 * side, side * np.exp(places[:, 2:] * 0.2) / 2
    five = np.tile(anchors[:, :2], 5) + points * 0.1 * side
    return of_outputs(scores, np.concatenate((centre - half, centre + half), 1), five)


def yunet(session, name, pixels):
    bgr = np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32))
    wanted = [f'{kind}_{stride}' for stride in (8, 16, 32) for kind in ('cls', 'obj', 'bbox', 'kps')]
    answers = dict(zip(wanted, session.run(wanted, {name: bgr})))
    rows = []
    for stride in (8, 16, 32):
        cls, obj, bbox, kps = (answers[f'{kind}_{stride}'][0] for kind in ('cls', 'obj', 'bbox', 'kps'))
        columns = pixels.shape[1] // stride
        corner = np.stack((np.arange(len(cls)) % columns, np.arange(len(cls)) // columns), 1) * stride
        centre, half = corner + bbox[:, :2] * stride, np.exp(bbox[:, 2:]) * stride / 2
        rows.append((np.sqrt(cls * obj)[:, 0], np.concatenate((centre - half, centre + half), 1), np.tile(corner, 5) + kps * stride))
    return of_outputs(*(np.concatenate(column) for column in zip(*rows)))


def finder(path, threads=1):
    """A function from uint8 RGB [h,w,3] with sides multiples of 32 to rows of (score, box)."""
    if path.endswith('.pt'):
        return checkpoint_finder(path, threads)
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.add_session_config_entry('session.intra_op.allow_spinning', '0')
    session = onnxruntime.InferenceSession(path, settings, providers=['CPUExecutionProvider'])
    name, outputs = session.get_inputs()[0].name, {o.name for o in session.get_outputs()}
    if 'anchors' in outputs:
        return lambda pixels: retina(session, name, pixels)
    if 'cls_8' in outputs:
        return lambda pixels: yunet(session, name, pixels)
    if 'points' in outputs:
        return lambda pixels: of_outputs(*session.run(['scores', 'boxes', 'points'], {name: pixels[None]}))
    return lambda pixels: of_outputs(*(a[0] for a in session.run(['scores', 'boxes'], {name: pixels[None]})))


def checkpoint_finder(path, threads):
    import torch
    from export import load_net
    from export_faces import DecodedFaceNet
    torch.set_num_threads(threads)
    net = DecodedFaceNet(load_net(path)).eval()

    def look(pixels):
        with torch.no_grad():
            boxes, scores = net(torch.from_numpy(np.ascontiguousarray(pixels))[None])
        return of_outputs(scores[0].numpy(), boxes[0].numpy())
    return look
