"""Promises: the layers of the film: one still of the empty street and, per frame, the people and cars that move, see-through elsewhere.

Run: python scene_film.py still|layers [--data FOLDER] [--from N] [--to N] [--step N] [--samples N] ; writes to the work folder's film/.
"""
import json
import math
import sys
import time

import bpy
import cv2
import numpy as np
from mathutils import Vector

import car
import car_form
import paths
import people
import person
import street
import truth

FPS, FRAMES, WIDTH, HEIGHT = 25, 160, 1440, 810  # the film's 1280 x 720 window slides over this larger picture
CAMERA = (-1.0, -.6, 1.62), (1.6, 8, 1.30), 28  # eye, point looked at, lens in millimetres on a 36 mm sensor


def option(name, other):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else other


def ease(t, start, end):
    """0 before `start`, 1 after `end`, smooth between."""
    u = min(1, max(0, (t - start) / (end - start)))
    return u * u * (3 - 2 * u)


def walkers(t):
    """Where everyone is at `t` seconds: {name: (x, y, ground height, heading, pose)}."""
    out = {}
    out["gina"] = (-1.55 + .1 * math.sin(t), 11.2 - 1.2 * t, .13, 6, people.walk(.1 + .86 * t, yaw=8 * math.sin(t * .9)))
    x = -3.9 + 1.25 * t
    out["hugo"] = (x, 4.5 - .12 * t, .13 if x < .85 else 0, 62, people.walk(.3 + .88 * t, yaw=-38 + 6 * math.sin(t) - 9 * max(0, t - 3.2)))
    x = 8.4 - 1.1 * t
    out["iris"] = (x, 6.2 - .1 * t, 0 if x > .9 else .13, -58, people.walk(.7 + .84 * t, yaw=30))
    out["jan"] = (-2.75, 7.2, .13, 14, people.stand(yaw=16 * math.sin(.8 * t) + 4, pitch=2))
    return out


def drivers(t):
    """Where the moving cars are: {name: (x, y, heading)}. One goes away on the far lane, one comes and lets people cross."""
    brake = 11.4 + max(0.0, 3.3 - t) ** 2 * 1.6
    return {"blue": (4.0, brake, 0), "white": (7.5, -6.0 + 7.5 * t, 180)}


def build(samples):
    scene = street.reset(WIDTH, HEIGHT, samples)
    street.sky(scene, elevation=46, bearing=150, strength=.11, sun=.5)  # motion.py casts its shadows along the same sun
    street.roadway(crossing=3.2)
    street.rows(seed=7)
    street.furniture(trees=[(.1, 15, 7.5), (.1, 24, 8), (.1, 33, 8), (10.6, 11, 7), (10.6, 20, 8), (10.6, 30, 8)], lamps=[(.35, 12), (10.3, 9)])
    root, corners = car.make("grey", car_form.HATCH, (.16, .17, .18), "UI-000-OO", "white")
    root.location, root.rotation_euler = (1.95, 18.5, 0), (0, 0, math.radians(-1))
    still = list(bpy.data.objects)
    camera = street.camera(scene, *CAMERA)
    return scene, camera, still, ("grey", root, corners["front"], "UI-000-OO")


def movers():
    crowd = [(name, person.Person(name, {**people.LOOKS[name], "subsurface": 0}, 0.35)) for name in walkers(0)]
    cars = {}
    for name, form, colour, text, style in (("blue", car_form.SALOON, (.025, .06, .17), "XQ O 012", "white"), ("white", car_form.VAN, (.55, .55, .53), "AE-00-IO", "yellow")):
        cars[name] = (*car.make(name, form, colour, text, style), text)
    return crowd, cars


def place(t, crowd, cars):
    """Moves everyone to second `t`."""
    where = walkers(t)
    for name, someone in crowd:
        x, y, z, heading, pose = where[name]
        someone.place(pose, (x, y, z), heading)
    for name, (x, y, heading) in drivers(t).items():
        root = cars[name][0]
        root.location, root.rotation_euler = (x, y, 0), (0, 0, math.radians(heading))


def rough_first(begin, end, step):
    """Frame numbers in an order that gives a usable film early: every eighth step, then the gaps."""
    order, wide = [], step * 8
    while wide >= step:
        order += [f for f in range(begin, end, wide) if f not in order]
        wide //= 2
    return order


def islands(scene, camera, crowd, cars):
    """Boxes in pixels that together hold everyone who is in the picture; boxes that touch are joined."""
    groups = [someone.outline() for _, someone in crowd]
    groups += [[c[0].matrix_world @ Vector((x, y, z)) for x in (-1.1, 1.1) for y in (-2.35, 2.35) for z in (0, 1.9)] for c in cars.values()]
    boxes = []
    for points in groups:
        flat = truth.pixels(scene, camera, points)
        if (flat[:, 2] < .4).any():
            flat = flat[flat[:, 2] > .4]
        if not len(flat):
            continue
        low, high = flat[:, :2].min(0) - (14, 30), flat[:, :2].max(0) + 14
        box = [max(0, int(low[0])), max(0, int(low[1])), min(WIDTH, int(high[0])), min(HEIGHT, int(high[1]))]
        if box[2] - box[0] > 2 and box[3] - box[1] > 2:
            boxes.append(box)
    joined = True
    while joined:
        joined = False
        for a in boxes:
            for b in boxes:
                if a is not b and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                    boxes = [c for c in boxes if c is not a and c is not b] + [[min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])]]
                    joined = True
                    break
            if joined:
                break
    return boxes


def render_islands(scene, boxes, path):
    """Renders only the boxes and pastes them into one see-through picture of the full size."""
    sheet = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    render = scene.render
    render.use_border = render.use_crop_to_border = True
    part = path.with_suffix(".part.png")
    for box in boxes:
        render.border_min_x, render.border_max_x = box[0] / WIDTH, box[2] / WIDTH
        render.border_min_y, render.border_max_y = 1 - box[3] / HEIGHT, 1 - box[1] / HEIGHT
        render.filepath = str(part)
        bpy.ops.render.render(write_still=True)
        got = cv2.imread(str(part), cv2.IMREAD_UNCHANGED)
        sheet[box[1]:box[1] + got.shape[0], box[0]:box[0] + got.shape[1]] = got[:HEIGHT - box[1], :WIDTH - box[0]]
    part.unlink(missing_ok=True)
    cv2.imwrite(str(path), sheet)


def main():
    folder = paths.work_folder() / "film"
    folder.mkdir(exist_ok=True)
    scene, camera, still, parked = build(option("--samples", 24 if "still" in sys.argv else 8))
    if "still" in sys.argv:
        scene.render.filepath = str(folder / "still.png")
        bpy.ops.render.render(write_still=True)
        return
    for obj in still:
        obj.is_holdout = True
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.use_persistent_data = True
    scene.cycles.max_bounces, scene.cycles.diffuse_bounces = 2, 1
    scene.cycles.denoising_prefilter, scene.cycles.denoising_quality = "FAST", "FAST"
    air = next(n for n in scene.world.node_tree.nodes if n.type == "TEX_SKY")
    scene.world.node_tree.links.new(air.outputs[0], scene.world.node_tree.nodes["Background"].inputs[0])  # no clouds: quicker
    crowd, cars = movers()
    for frame in rough_first(option("--from", 0), option("--to", FRAMES), option("--step", 2)):
        if (folder / f"layer{frame:03d}.png").exists() and "--again" not in sys.argv:
            continue
        begin = time.time()
        place(frame / FPS, crowd, cars)
        seen_cars = [(n, c[0], c[1]["front" if n == "blue" else "rear"], c[2]) for n, c in cars.items()] + [parked]
        planted = truth.collect(scene, camera, crowd, seen_cars)
        (folder / f"truth{frame:03d}.json").write_text(json.dumps(planted))
        render_islands(scene, islands(scene, camera, crowd, cars), folder / f"layer{frame:03d}.png")
        print("frame", frame, round(time.time() - begin, 1), "s", flush=True)


if __name__ == "__main__":
    main()
