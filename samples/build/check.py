"""Promises: a table of what published detectors find of the planted faces and plates in the committed samples.

Run: python check.py [--data FOLDER] [--text MODEL] [--all-frames] ; needs no renders.
"""
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

import detectors
import paths

MODEL = sys.argv[sys.argv.index("--text") + 1] if "--text" in sys.argv else None


def best(found, box, least):
    """The highest score among finds that overlap the planted box by at least `least` IoU."""
    return max((score for at, score in found if detectors.iou(at, box) >= least), default=0.0)


def picture(name, rgb, planted):
    faces, second = detectors.centerface(rgb, 1600), detectors.centerface(rgb, 640)
    third = detectors.yunet(rgb) if (paths.data_folder() / "weights").exists() else []
    words = detectors.text(rgb, MODEL) if MODEL else []
    for item in planted:
        wide = round(item["box"][2] - item["box"][0])
        if item["class"] == "face":
            print(f"{name:22s} face  {item['name']:6s} {wide:4d} px turned {item['turned']:3d}  CenterFace {best(faces, item['box'], .3):.2f} (at 640: {best(second, item['box'], .3):.2f})  YuNet {best(third, item['box'], .3):.2f}")
        else:
            print(f"{name:22s} plate {item['name']:6s} {wide:4d} px {item['text']:10s}  text {best(words, item['box'], .2):.2f}")
    extra = [round(score, 2) for at, score in faces if score >= .5 and all(detectors.iou(at, i["box"]) < .2 for i in planted if i["class"] == "face")]
    print(f"{name:22s} other finds of CenterFace at .5: {extra or 'none'}")


def film(name, path, planted):
    """Over the frames with truth (every fifth): how many faces of 20 px and more are found at .6, and the plates' finds."""
    reader, tally, frame = cv2.VideoCapture(str(path)), {}, 0
    while True:
        good, bgr = reader.read()
        if not good:
            break
        if str(frame) in planted:
            rgb = np.ascontiguousarray(bgr[..., ::-1])
            faces = detectors.centerface(rgb, 1280)
            words = detectors.text(rgb, MODEL) if MODEL else []
            for item in planted[str(frame)]:
                wide = item["box"][2] - item["box"][0]
                if item["seen"] < .6 or (item["class"] == "face" and wide < 20):
                    continue
                score = best(faces, item["box"], .3) if item["class"] == "face" else best(words, item["box"], .2)
                tally.setdefault((item["class"], item["name"]), []).append((score, wide))
        frame += 1
    print(f"{name}: {frame} frames")
    for (kind, who), scores in sorted(tally.items()):
        value = np.array(scores)
        print(f"{name:22s} {kind:5s} {who:6s} {len(value):3d} looks, {value[:, 1].min():.0f} to {value[:, 1].max():.0f} px: found at .6 in {(value[:, 0] >= .6).sum()}, at .3 in {(value[:, 0] >= .3).sum()}, median score {np.median(value[:, 0]):.2f}")


def main():
    truth = json.loads((paths.SAMPLES / "truth.json").read_text())
    picture("street.jpg", np.asarray(Image.open(paths.SAMPLES / "street.jpg").convert("RGB")), truth["street.jpg"]["planted"])
    if (paths.SAMPLES / "crossing.mp4").exists():
        film("crossing.mp4", paths.SAMPLES / "crossing.mp4", truth["crossing.mp4"]["planted"])
    if (paths.SAMPLES / "archive.zip").exists():
        with zipfile.ZipFile(paths.SAMPLES / "archive.zip") as box, tempfile.TemporaryDirectory() as folder:
            for member in box.namelist():
                planted = truth[f"archive.zip/{member}"].get("planted")
                if member.endswith((".png", ".jpg")):
                    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(box.read(member)))).convert("RGB")
                    picture(member, np.asarray(shown), planted)
                elif member.endswith(".mp4"):
                    film(member, Path(box.extract(member, folder)), planted)


main()
