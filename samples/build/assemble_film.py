"""Promises: crossing.mp4 out of the film's layers: moving people over the still street, shadows, a slow pan, grain, sound; and its truth.

Run: python assemble_film.py [--out FILE] ; reads the work folder's film/, writes samples/crossing.mp4 and film.truth.json in the work folder.
"""
import json
import subprocess
import sys
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

import finish
import paths
import sound

FPS, FRAMES, SIZE = 25, 160, (1280, 720)
FOLDER = paths.work_folder() / "film"


def window(frame):
    """The film's window on the still: 2x3 affine from still pixels to film pixels. Pans right, breathes a little like a held camera."""
    t = frame / FPS
    u = min(1, max(0, (t - .6) / 5.0))
    x = 6 + 144 * u * u * (3 - 2 * u) + 1.6 * np.sin(2.1 * t) + .7 * np.sin(5.3 * t + 1)
    y = 46 + 1.3 * np.sin(1.7 * t + .5) + .6 * np.sin(4.6 * t)
    return np.array([[1, 0, -x], [0, 1, -y]])


def layer(frame):
    """A rendered layer as premultiplied float RGBA, and its shadow map 0..1."""
    rgba = cv2.imread(str(FOLDER / f"layer{frame:03d}.png"), cv2.IMREAD_UNCHANGED).astype(np.float32)
    rgba[..., :3] *= rgba[..., 3:] / 255
    shade = cv2.imread(str(FOLDER / f"shade{frame:03d}.png"), 0).astype(np.float32) / 255
    return np.dstack([rgba[..., 2::-1], rgba[..., 3:], shade * 255])


def between(one, two, share):
    """A picture `share` of the way from one layer to the next, along the motion between them."""
    grey = [cv2.cvtColor((p[..., :3] + (255 - p[..., 3:4]) * .45).clip(0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY) for p in (one, two)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
    height, width = grey[0].shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    a = np.dstack([cv2.remap(one[..., k], x - share * flow[..., 0], y - share * flow[..., 1], cv2.INTER_LINEAR) for k in range(5)])
    b = np.dstack([cv2.remap(two[..., k], x + (1 - share) * flow[..., 0], y + (1 - share) * flow[..., 1], cv2.INTER_LINEAR) for k in range(5)])
    return a * (1 - share) + b * share


def at(frame, ready, cache):
    """The layer of any frame: rendered, or between its rendered neighbours."""
    def load(n):
        if n not in cache:
            cache.clear() if len(cache) > 3 else None
            cache[n] = layer(n)
        return cache[n]
    before = max((n for n in ready if n <= frame), default=ready[0])
    after = min((n for n in ready if n >= frame), default=ready[-1])
    if before == after:
        return load(before)
    return between(load(before), load(after), (frame - before) / (after - before))


def planted(frame, ready):
    """The truth of one frame in film pixels; between rendered frames the boxes are interpolated."""
    before = max((n for n in ready if n <= frame), default=ready[0])
    after = min((n for n in ready if n >= frame), default=ready[-1])
    share = 0 if after == before else (frame - before) / (after - before)
    first, last = ({i["name"]: i for i in json.loads((FOLDER / f"truth{n:03d}.json").read_text())} for n in (before, after))
    move, out = window(frame)[:, 2], []
    for name in first.keys() & last.keys():
        a, b = first[name], last[name]
        box = (1 - share) * np.array(a["box"]) + share * np.array(b["box"]) + np.tile(move, 2)
        whole = (box[2] - box[0]) * (box[3] - box[1])
        box = np.clip(box, 0, [SIZE[0], SIZE[1]] * 2)
        shown = (box[2] - box[0]) * (box[3] - box[1]) / max(whole, 1e-6) * min(a["seen"], b["seen"])
        if shown > .3 and box[2] - box[0] > 4:
            out.append({"class": a["class"], "name": name, "box": [round(float(v), 1) for v in box], "seen": round(float(shown), 2),
                        **({"turned": a["turned"]} if "turned" in a else {"text": a["text"]})})
    return sorted(out, key=lambda item: item["name"])


def main():
    out = Path(sys.argv[sys.argv.index("--out") + 1]) if "--out" in sys.argv else paths.SAMPLES / "crossing.mp4"
    ready = sorted(int(p.stem[5:]) for p in FOLDER.glob("layer*.png") if (FOLDER / f"truth{p.stem[5:]}.json").exists())
    still = finish.read(FOLDER / "still.png").astype(np.float32)
    lit = np.clip((still.mean(-1) - 55) / 60, 0, 1)
    wav = paths.work_folder() / "film.wav"
    sound.make(wav, FRAMES / FPS)
    crf = sys.argv[sys.argv.index("--crf") + 1] if "--crf" in sys.argv else "25"
    pipe = subprocess.Popen([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "1280x720", "-r", str(FPS), "-i", "-",
                             "-i", str(wav), "-c:v", "libx264", "-preset", "slow", "-threads", "1", "-crf", crf, "-pix_fmt", "yuv420p", "-g", "38", "-bf", "2",
                             "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
                             "-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", "-shortest", "-map_metadata", "-1", str(out)], stdin=subprocess.PIPE)
    rng, cache, truths = np.random.default_rng(2), {}, []
    for frame in range(FRAMES):
        rgba = at(frame, ready, cache)
        dark = (rgba[..., 4] / 255 * lit)[..., None] * np.array([.60, .57, .53], np.float32)
        picture = still * (1 - dark) * (1 - rgba[..., 3:4] / 255) + rgba[..., :3]
        picture = cv2.warpAffine(picture, window(frame), SIZE, flags=cv2.INTER_CUBIC)
        picture = finish.develop(picture, rng, grain=2.2, glow=.04, corners=.08)
        pipe.stdin.write(picture.tobytes())
        truths.append(planted(frame, ready))
        if frame % 20 == 0:
            cv2.imwrite(str(FOLDER / f"check{frame:03d}.png"), picture[..., ::-1])
    pipe.stdin.close()
    pipe.wait()
    (paths.work_folder() / "film.truth.json").write_text(json.dumps(truths))
    print(out, out.stat().st_size, "bytes,", len(ready), "rendered layers")


if __name__ == "__main__":
    main()
