"""Prints what deface finds in pictures, by its own detector with its own defaults: one JSON line a picture."""

import json
import sys

import imageio.v2 as iio
from deface.centerface import CenterFace

THRESHOLD = 0.2

detector = CenterFace(in_shape=None, backend=sys.argv[1])
for path in sys.argv[2:]:
    finds, _ = detector(iio.imread(path), threshold=THRESHOLD)
    rows = [{"score": float(find[4]), "box": [float(value) for value in find[:4]]} for find in finds]
    print("finds " + json.dumps({"path": path, "finds": rows}))
