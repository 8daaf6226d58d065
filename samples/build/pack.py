"""Promises: the samples as committed, from the renders in the work folder: street.jpg, crossing.mp4, archive.zip and truth.json.

Run: python pack.py [--data FOLDER] [--film] ; --film also puts the film together anew. What has not been rendered is left out and said.
"""
import io
import json
import subprocess
import sys
import zipfile

import imageio_ffmpeg
import numpy as np
from PIL import Image

import assemble_film
import finish
import paths

CUT = (2.2, 4.6)  # seconds of the film that go into the archive
NOTES = """This file is here on purpose.

It is neither a picture nor a film, so the service refuses it and says why,
while the other members of the archive are hidden as usual.
"""


def shown(name):
    """The planted faces and plates of one picture that can really be seen."""
    planted = json.loads((paths.work_folder() / f"{name}.truth.json").read_text())
    return [{k: v for k, v in item.items()} for item in planted if item["seen"] >= 0.5]


def street(truth):
    pixels = finish.develop(finish.read(paths.work_folder() / "street.png"), np.random.default_rng(1), grain=4, sharpen=.25)
    finish.jpeg(paths.SAMPLES / "street.jpg", pixels, 86)
    truth["street.jpg"] = {"width": pixels.shape[1], "height": pixels.shape[0], "planted": shown("street")}


def film(truth):
    if "--film" in sys.argv:
        assemble_film.main()
    frames = json.loads((paths.work_folder() / "film.truth.json").read_text())
    truth["crossing.mp4"] = {"width": 1280, "height": 720, "fps": assemble_film.FPS, "frames": len(frames),
                             "planted": {str(n): frames[n] for n in range(0, len(frames), 5)}}
    return frames


def archive(truth, frames):
    work, members = paths.work_folder(), {}
    if (work / "terrace.png").exists():
        pixels = finish.develop(finish.read(work / "terrace.png"), np.random.default_rng(3), grain=1.2)
        Image.fromarray(pixels).save(work / "terrace.out.png", optimize=True)
        members["terrace.png"] = (work / "terrace.out.png").read_bytes()
        truth["archive.zip/terrace.png"] = {"width": pixels.shape[1], "height": pixels.shape[0], "planted": shown("terrace")}
    if (work / "parked.png").exists():
        pixels = finish.develop(finish.read(work / "parked.png"), np.random.default_rng(4), grain=4, sharpen=.2)
        height, width = pixels.shape[:2]
        finish.jpeg(work / "parked.jpg", np.ascontiguousarray(np.rot90(pixels)), 86, orientation=6)
        members["parked.jpg"] = (work / "parked.jpg").read_bytes()
        truth["archive.zip/parked.jpg"] = {"width": width, "height": height, "orientation": 6, "note": "boxes are in the picture as shown, after turning", "planted": shown("parked")}
    clip = work / "clip.mp4"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-ss", str(CUT[0]), "-to", str(CUT[1]), "-i", str(paths.SAMPLES / "crossing.mp4"),
                    "-vf", "null", "-c:v", "libx264", "-preset", "medium", "-threads", "1", "-crf", "27", "-pix_fmt", "yuv420p", "-g", "25",
                    "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-map_metadata", "-1", str(clip)], check=True)
    members["clip.mp4"] = clip.read_bytes()
    first, last = int(round(CUT[0] * 25)), int(round(CUT[1] * 25))
    truth["archive.zip/clip.mp4"] = {"width": 1280, "height": 720, "fps": 25, "frames": last - first, "planted": {
        str(n - first): frames[n] for n in range(first, last, 5)}}
    members["notes.txt"] = NOTES.encode()
    truth["archive.zip/notes.txt"] = {"accepted": False}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, (2024, 1, 1, 12, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".txt") else zipfile.ZIP_STORED
            box.writestr(entry, data)
    (paths.SAMPLES / "archive.zip").write_bytes(out.getvalue())


def write(truth):
    """truth.json with one planted thing a line."""
    lines = json.dumps(truth, indent=1)
    import re
    lines = re.sub(r"\n\s+(?=[-\d\"\]])(?=[-\d.,\s\]]+\n)", " ", lines)
    compact = re.sub(r"\{[^{}]*\}", lambda m: re.sub(r"\s+", " ", m.group(0)), lines)
    (paths.SAMPLES / "truth.json").write_text(compact + "\n")
    json.loads(compact)


def main():
    truth = {}
    street(truth)
    if (paths.work_folder() / "film.truth.json").exists() or "--film" in sys.argv:
        archive(truth, film(truth))
    write(truth)
    total = 0
    for path in sorted(paths.SAMPLES.iterdir()):
        if path.is_file():
            total += path.stat().st_size
            print(f"{path.stat().st_size:9d}  {path.name}")
    print(f"{total:9d}  together")


main()
