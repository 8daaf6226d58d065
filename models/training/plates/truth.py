"""Reads the shared pictures and their truth; knows which drive a frame belongs to and which plates lack truth.

All boxes are x1,y1,x2,y2 in pixels of the stored picture; quads are x,y of top-left, top-right,
bottom-right, bottom-left of the plate as written.
"""
import json
import os
from dataclasses import dataclass, field

import cv2
import numpy as np

DATA_VARIABLE = 'SYNTONYM_SHARED_DATA'
HERE = os.path.dirname(os.path.abspath(__file__))
DRIVES = ('dayride_type1_001', 'dayride_type1_002', 'dayride_type1_003', 'nightride_type3_001')
NIGHT = 'nightride_type3_001'
# Film and every how many frames one is taken. Terms: README.md, 'Data'.
# car-detection.mp4 is left out: its plates are readable in some frames and have no truth.
FILMS = {
    'one-by-one-person-detection.mp4': 25, 
    'face-demographics-walking.gif': 8, 'head-pose-face-detection-female-and-male.gif': 12,
    'portrait-talking-20s.mp4': 100, 'bird.mkv': 16,
}
FILM_LABELS = os.path.join(HERE, 'film_plates.json')
# Trained on. car-detection.mp4 is labelled too and held out.
LABELLED = ('solidWhiteRight.mp4',)
ALL_LABELLED = (*LABELLED, 'car-detection.mp4')


@dataclass
class Picture:
    """One picture: where it lies, its plates, and places that count neither for nor against."""
    path: str
    group: str
    boxes: list = field(default_factory=list)
    quads: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    pixels: np.ndarray = None

    def read(self):
        """uint8 RGB [h,w,3]; kept in memory after the first call."""
        if self.pixels is None:
            pixels = cv2.imread(self.path)
            if pixels is None:
                raise FileNotFoundError(self.path)
            self.pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        return self.pixels


def data_root(given=None):
    """The folder of the shared data: the argument, the environment, or ../shared/data beside the repository."""
    root = given or os.environ.get(DATA_VARIABLE, '../shared/data')
    if not os.path.isdir(os.path.join(root, 'plates')):
        raise SystemExit(f'no shared data at {root}: pass --data or set {DATA_VARIABLE}')
    return root


def read_json(path):
    with open(path, encoding='utf8') as file:
        return json.load(file)


def romania(root, *, training=False):
    """The dashcam frames, each with its drive as group and the plates its truth leaves out as unknown.

    training: what could be a plate, but no eye can tell, is unknown too; when measuring it counts as it is labelled.
    """
    folder = os.path.join(root, 'plates', 'romania')
    missing = read_json(os.path.join(HERE, 'missing_plates.json'))
    unclear = read_json(os.path.join(HERE, 'unclear_places.json')) if training else {}
    return [
        Picture(
            os.path.join(folder, 'images', row['image']), row['image'].split('.mp4')[0],
            boxes=row['boxes'], unknown=missing.get(row['image'], []) + unclear.get(row['image'], []),
        )
        for row in read_json(os.path.join(folder, 'boxes.json'))
    ]


def hard_places():
    """Places where an earlier network was wrong, each looked at: dicts of image (as mine.py names it) and box."""
    places = read_json(os.path.join(HERE, 'hard_places.json'))
    return [{'image': image, 'box': box} for image, boxes in places.items() for box in boxes]


def labelled_films(root, given=LABELLED, every=4):
    """Frames of films whose plates are labelled by eye, each its own group. Boxes between labels lie on straight lines."""
    frames = []
    for name, film in read_json(FILM_LABELS).items():
        if name not in given:
            continue
        missing = read_json(os.path.join(HERE, 'missing_plates.json'))
        capture = cv2.VideoCapture(os.path.join(root, 'videos', name), cv2.CAP_FFMPEG)
        index = -1
        while True:
            more, pixels = capture.read()
            if not more:
                break
            index += 1
            boxes = [box for keys in film['plates'].values() for box in [labelled_box(keys, index)] if box]
            unclear = [box for keys in film['unclear'].values() for box in [labelled_box(keys, index)] if box]
            if index % every == 0 and boxes:
                at = f'{name}#{index}'
                frames.append(Picture(at, name, boxes=boxes, unknown=[*unclear, *missing.get(at, [])],
                                      pixels=cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)))
        capture.release()
    return frames


def labelled_box(keys, frame):
    """x1,y1,x2,y2 of a plate in a frame, from labels of frame, middle x, y, width, height; None outside of them."""
    if not keys[0][0] <= frame <= keys[-1][0]:
        return None
    x, y, w, h = (float(np.interp(frame, [k[0] for k in keys], [k[i] for k in keys])) for i in range(1, 5))
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def corners(root):
    """The street pictures with four corners each: for measuring only."""
    folder = os.path.join(root, 'plates', 'corners')
    pictures = {}
    for row in read_json(os.path.join(folder, 'corners.json')):
        path = os.path.join(folder, 'images', row['image'])
        pictures.setdefault(path, Picture(path, 'corners')).quads.append(row['corners'])
    return list(pictures.values())


def portraits(root):
    folder = os.path.join(root, 'portraits')
    names = sorted(n for n in os.listdir(folder) if n.endswith(('.jpg', '.png')))
    return [Picture(os.path.join(folder, name), 'portraits') for name in names]


def film_frames(root):
    """Every n-th frame of the films named in FILMS."""
    frames = []
    unknown = read_json(os.path.join(HERE, 'missing_plates.json'))
    for name, step in FILMS.items():
        film = cv2.VideoCapture(os.path.join(root, 'videos', name), cv2.CAP_FFMPEG)
        index = 0
        while True:
            more, pixels = film.read()
            if not more:
                break
            if index % step == 0:
                at = f'{name}#{index}'
                frames.append(Picture(at, 'videos', unknown=unknown.get(at, []), pixels=cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)))
            index += 1
        film.release()
    return frames


def crowd(root):
    """Street pictures without plates, for measuring false finds only: their terms do not let them be trained on."""
    folder = os.path.join(root, 'faces', 'crowd', 'images')
    unknown = read_json(os.path.join(HERE, 'missing_plates.json'))
    return [Picture(os.path.join(folder, name), 'crowd', unknown=unknown.get(name, [])) for name in sorted(os.listdir(folder))]
