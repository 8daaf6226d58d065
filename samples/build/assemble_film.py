"""Promises: crossing.mp4 out of the film's layers: moving people over the still street, shadows, a slow pan, grain, sound; and its truth.

Run: python assemble_film.py [compose --from N --to N] [--crf N] ; reads the work folder's film/, writes its finished frames (with `compose` only
those), then samples/crossing.mp4 and film.truth.json in the work folder.
"""
import json
import subprocess
import sys

import cv2
import imageio_ffmpeg
import numpy as np

import finish
import motion
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
    """A rendered layer as premultiplied float RGBA, 0..255."""
    rgba = cv2.imread(str(FOLDER / f"layer{frame:03d}.png"), cv2.IMREAD_UNCHANGED).astype(np.float32)
    solid = (rgba[..., 3:] / 255) ** 3  # thin hair and edges come out dark: they take the colour of the solid pixels around
    near = cv2.GaussianBlur(rgba[..., :3] * solid, (0, 0), 2) / (cv2.GaussianBlur(solid, (0, 0), 2)[..., None] + 1e-3)
    rgba[..., :3] = np.where((rgba[..., 3:] > 0) & (rgba[..., 3:] < 245), near, rgba[..., :3]) * rgba[..., 3:] / 255
    return np.dstack([rgba[..., 2::-1], rgba[..., 3:]])


def between(stage, frame, numbers, pictures, share):
    """The picture of a frame that was not rendered: its surfaces looked up in the two rendered frames around it."""
    todo, outside, solid, places = stage.flow(frame, numbers)
    total, weight, sure_any = 0, 0, np.zeros(len(todo), bool)
    for (x, y, sure), picture, part in zip(places, pictures, (1 - share, share)):
        rows = -(-len(todo) // 4096)
        fit = [np.resize(v, (rows, 4096)) for v in (x, y)]
        taken = cv2.remap(picture, fit[0], fit[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT).reshape(-1, 4)[:len(todo)]
        total, weight = total + taken * (sure * part)[:, None], weight + sure * part
        sure_any |= sure
    sheet = np.zeros((*pictures[0].shape[:2], 4), np.float32)
    flat = sheet.reshape(-1, 4)
    flat[todo] = total / np.maximum(weight, 1e-6)[:, None]
    lost, sure_any = np.zeros(sheet.shape[:2], np.uint8), sure_any & ~(solid & (flat[todo, 3] < 200))
    lost.reshape(-1)[todo[~sure_any & ~outside & solid]] = 1
    if lost.any():  # surfaces that neither picture shows take their neighbours' colour
        known = np.ones_like(lost)
        known.reshape(-1)[todo[sure_any & ~outside]] = 0
        _, labels = cv2.distanceTransformWithLabels(known, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        spot = np.nonzero(known.ravel() == 0)[0]
        where = np.zeros(labels.max() + 1, np.int32)
        where[labels.ravel()[spot]] = spot
        holes = np.nonzero(lost.ravel())[0]
        flat[holes] = flat[where[labels.ravel()[holes]]]
    return sheet


def at(stage, frame, ready, cache):
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
    return between(stage, frame, (before, after), (load(before), load(after)), (frame - before) / (after - before))


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


def compose(first, last):
    """The finished frames from `first` up to `last` as PNG in the film folder."""
    ready, stage, cache = rendered(), motion.Stage(), {}
    still = finish.read(FOLDER / "still.png").astype(np.float32)
    lit = np.clip((still.mean(-1) - 55) / 60, 0, 1)
    for frame in range(first, last):
        rgba = at(stage, frame, ready, cache)
        dark = (stage.shade(frame) * lit)[..., None] * np.array([.60, .57, .53], np.float32)
        picture = still * (1 - dark) * (1 - rgba[..., 3:4] / 255) + rgba[..., :3]
        picture = cv2.warpAffine(picture, window(frame), SIZE, flags=cv2.INTER_CUBIC)
        picture = finish.develop(picture, np.random.default_rng(frame), grain=2.0, glow=.04, corners=.08)
        cv2.imwrite(str(FOLDER / f"out{frame:03d}.png"), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])


def rendered():
    """The numbers of the rendered layers."""
    return sorted(int(p.stem[5:]) for p in FOLDER.glob("layer???.png") if (FOLDER / f"truth{p.stem[5:]}.json").exists())


def encode(out, crf):
    """The film out of the finished frames, with its sound."""
    wav = paths.work_folder() / "film.wav"
    sound.make(wav, FRAMES / FPS)
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-framerate", str(FPS), "-i", str(FOLDER / "out%03d.png"), "-i", str(wav),
                    "-c:v", "libx264", "-preset", "medium", "-threads", "1", "-crf", crf, "-pix_fmt", "yuv420p", "-g", "38", "-bf", "2",
                    "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
                    "-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", "-shortest", "-map_metadata", "-1", str(out)], check=True)


def main():
    if "compose" in sys.argv:
        compose(int(sys.argv[sys.argv.index("--from") + 1]), int(sys.argv[sys.argv.index("--to") + 1]))
        return
    if not (FOLDER / f"out{FRAMES - 1:03d}.png").exists():
        compose(0, FRAMES)
    encode(paths.SAMPLES / "crossing.mp4", sys.argv[sys.argv.index("--crf") + 1] if "--crf" in sys.argv else "23.5")
    ready = rendered()
    (paths.work_folder() / "film.truth.json").write_text(json.dumps([planted(frame, ready) for frame in range(FRAMES)]))


if __name__ == "__main__":
    main()
