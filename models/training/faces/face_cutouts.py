"""Cuts the person out of each portrait that has one sure face: an RGBA picture whose face is FACE_WIDTH wide, and where the face lies.

The outline is GrabCut's (Rother et al., 2004), told by the face's box where head, shoulders and background are likely.
"""
import argparse
import json
import os

import cv2
import numpy as np

import shared_parts  # noqa: F401
import truth

SURE = 0.6
FACE_WIDTH = 112
COARSE = 0.4  # the outline is sought at this size and smoothed
ROUNDS = 3


def likely(shape, box):
    """GrabCut's first guess for a face box: the face is person, corners beside the head are not, the rest may be."""
    h, w = shape[:2]
    x1, y1, x2, y2 = box
    fw, fh, cx = x2 - x1, y2 - y1, (x1 + x2) / 2
    guess = np.full((h, w), cv2.GC_PR_BGD, np.uint8)
    body = np.array([[cx - 0.5 * fw, y2], [cx + 0.5 * fw, y2], [cx + 1.6 * fw, y2 + 0.8 * fh], [cx + 1.7 * fw, h + 9],
                     [cx - 1.7 * fw, h + 9], [cx - 1.6 * fw, y2 + 0.8 * fh]])
    cv2.fillPoly(guess, [body.astype(np.int32)], cv2.GC_PR_FGD)
    cv2.ellipse(guess, (int(cx), int(y1 + 0.35 * fh)), (int(0.72 * fw), int(0.8 * fh)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.ellipse(guess, (int(cx), int(y1 + 0.5 * fh)), (int(0.46 * fw), int(0.5 * fh)), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.rectangle(guess, (int(cx - 0.3 * fw), int(y2 + 0.5 * fh)), (int(cx + 0.3 * fw), h), cv2.GC_FGD, -1)
    for side in (slice(0, max(2, int(cx - 0.95 * fw))), slice(int(min(w - 2, cx + 0.95 * fw)), w)):
        guess[:max(1, int(y2 - 0.1 * fh)), side] = cv2.GC_BGD
    guess[:2] = cv2.GC_BGD
    return guess


def cut_out(pixels, box):
    """uint8 RGBA and the scale it has to the portrait."""
    scale = FACE_WIDTH / (box[2] - box[0])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    person = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way)
    person = person[:int((box[3] + 1.6 * (box[3] - box[1])) * scale)]
    coarse = cv2.resize(person, None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_AREA)
    guess = likely(coarse.shape, np.array(box) * scale * COARSE)
    cv2.setRNGSeed(1)
    cv2.grabCut(coarse, guess, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    _, parts = cv2.connectedComponents(inside)
    x, y = ((np.array(box[:2]) + box[2:]) / 2 * scale * COARSE).astype(int)
    inside = (parts == parts[y, x]).astype(np.float32)
    alpha = cv2.resize(cv2.GaussianBlur(inside, (0, 0), 1.2), person.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    alpha = np.clip((alpha - 0.5) * 2.2 + 0.35, 0, 1)
    return np.dstack((person, (alpha * 255).astype(np.uint8))), scale


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data')
    parser.add_argument('--labels', required=True, help='the JSON of face_label.py')
    parser.add_argument('--out', required=True, help='folder for the pictures and places.json')
    given = parser.parse_args()
    cv2.setNumThreads(1)
    labels = truth.read_json(given.labels)
    os.makedirs(given.out, exist_ok=True)
    places = {}
    for picture in truth.portraits(truth.data_root(given.data)):
        name = os.path.basename(picture.path)
        sure = [f for f in labels[name] if f['score'] >= SURE]
        if len(sure) != 1:
            continue
        pixels = picture.read()
        picture.pixels = None
        person, scale = cut_out(pixels, sure[0]['box'])
        stem = os.path.splitext(name)[0] + '.png'
        cv2.imwrite(os.path.join(given.out, stem), cv2.cvtColor(person, cv2.COLOR_RGBA2BGRA))
        places[stem] = {'box': (np.array(sure[0]['box']) * scale).tolist(), 'points': (np.array(sure[0]['points']) * scale).tolist()}
    with open(os.path.join(given.out, 'places.json'), 'w', encoding='utf8') as file:
        json.dump(places, file)
    print(f'{len(places)} people cut out')


if __name__ == '__main__':
    main()
