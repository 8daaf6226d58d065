"""Writes what the teacher (CenterFace) sees on every picture that may be trained on: boxes, scores and five points.

The teacher is asked at several sizes and upright only; finds at the same place are one, the surest. Its boxes are moved to
where the product says a face begins and ends (processors/anonymizer/pure/face-extent.ts), so the pupil needs no points.
Needs onnxruntime and the prepared graph (`npm run setup`).
"""
import argparse
import json
import os

import numpy as np

import shared_parts  # noqa: F401
import truth
from detector import iou, letterbox

SIZES = (320, 640, 1024)
FAINT = 0.2
SAME_FACE_IOU = 0.4
HAIR_SIDE, CHIN_SIDE = 0.075, 0.045  # of face-extent.ts
ROMANIA_STEP = 4  # frames a second apart are nearly equal


def teacher(path, threads):
    """A function from uint8 RGB [h,w,3] to rows of (score, box, five points), in input pixels."""
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.add_session_config_entry('session.intra_op.allow_spinning', '0')
    session = onnxruntime.InferenceSession(path, settings, providers=['CPUExecutionProvider'])
    entry = session.get_inputs()[0].name

    def look(pixels):
        scores, boxes, points = (a.reshape(-1, n) for a, n in zip(
            session.run(['scores', 'boxes', 'points'], {entry: pixels[None]}), (1, 4, 10)))
        return [(float(s[0]), b, p) for s, b, p in zip(scores, boxes, points) if s[0] >= FAINT]
    return look


def extent(box, points):
    """The box moved down along the face's own axis, as the product moves it."""
    right = np.subtract(points[1], points[0])
    across = right / max(1e-6, np.linalg.norm(right))
    up = np.array([across[1], -across[0]])
    size = np.array([box[2] - box[0], box[3] - box[1]])

    def outward(toward):
        return np.where(toward > 0, -HAIR_SIDE * toward, -CHIN_SIDE * toward)
    return np.concatenate((box[:2] - outward(-up) * size, box[2:] + outward(up) * size))


def faces_of(look, pixels):
    """Dicts of score, box and points [5,2] in pixels of the picture, best first."""
    finds = []
    for size in SIZES:
        boxed, scale = letterbox(pixels, size)
        finds += [(s, b / scale, (p / scale).reshape(5, 2)) for s, b, p in look(boxed)]
    kept = []
    for score, box, points in sorted(finds, key=lambda f: -f[0]):
        if all(iou(box, other['box']) < SAME_FACE_IOU for other in kept):
            kept.append({'score': score, 'box': box, 'points': points})
    return [{'score': round(k['score'], 3), 'box': np.round(extent(k['box'], k['points']), 1).tolist(),
             'points': np.round(k['points'], 1).tolist()} for k in kept]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data')
    parser.add_argument('--teacher', required=True, help='the prepared CenterFace graph')
    parser.add_argument('--out', required=True, help='a JSON')
    parser.add_argument('--threads', type=int, default=1)
    given = parser.parse_args()
    root = truth.data_root(given.data)
    look = teacher(given.teacher, given.threads)
    pictures = truth.film_frames(root) + truth.romania(root)[::ROMANIA_STEP] + truth.portraits(root)
    rows = {}
    for picture in pictures:
        name = picture.path if picture.group == 'videos' else os.path.basename(picture.path)
        rows[name] = faces_of(look, picture.read())
        picture.pixels = None
    with open(given.out, 'w', encoding='utf8') as file:
        json.dump(rows, file)
    print(f'{len(rows)} pictures, {sum(f["score"] >= 0.5 for r in rows.values() for f in r)} sure faces')


if __name__ == '__main__':
    main()
