"""Promises: the street picture: five people on the pavement, three cars with plates, houses, trees and sky.

Run: python scene_street.py [--data FOLDER] [--quick] ; writes street.png and street.truth.json to the work folder.
"""
import json
import math
import sys

import car
import car_form
import paths
import people
import person
import street
import truth


def build(quick, samples):
    scene = street.reset(1600, 1000, 10 if quick else samples)
    if quick:
        scene.render.resolution_percentage = 50
    street.sky(scene, elevation=46, bearing=150, strength=.11, sun=.5)
    street.roadway()
    street.rows()
    street.furniture(trees=[(.1, 12, 7.5), (.1, 21, 8), (.1, 31, 8), (10.6, 9, 7), (10.6, 18, 8), (10.6, 28, 8)], lamps=[(.35, 16.5), (10.3, 13)], bollards=[(.45, y) for y in (5, 7.2, 9.4)])
    camera = street.camera(scene, (-1.0, 0, 1.62), (1.55, 8, 1.36), lens=28, focus=4.2, fstop=3.2)
    crowd = []
    for name, look, where, heading, turns in [
            ("ana", "ana", (-1.3, 2.7), 8, people.walk(.15, yaw=-6)),
            ("bo", "bo", (.05, 3.7), -12, people.walk(.62, yaw=-14)),
            ("carl", "carl", (-1.95, 4.7), 12, people.walk(.4, yaw=16)),
            ("dora", "dora", (-.75, 6.4), -8, people.walk(.85, yaw=10)),
            ("emil", "emil", (0.0, 9.2), -4, people.walk(.3, yaw=-12))]:
        someone = person.Person(name, people.LOOKS[look], 0.6 if quick else 1.0)
        someone.place(turns, (*where, .13), heading)
        crowd.append((name, someone))
    cars = []
    for name, form, colour, text, style, where, heading, end in [
            ("red", car_form.HATCH, (.32, .015, .02), "QX-000-OI", "white", (2.15, 7.6), 3, "front"),
            ("blue", car_form.SALOON, (.025, .05, .13), "XQ O 012", "white", (4.95, 8.9), 1, "front"),
            ("white", car_form.VAN, (.55, .55, .53), "AE-00-IO", "yellow", (8.6, 25), 181, "rear"),
            ("grey", car_form.SALOON, (.16, .17, .18), "UI 000 OO", "white", (2.1, 13.4), -2, "front")]:
        root, corners = car.make(name, form, colour, text, style)
        root.location = (*where, 0)
        root.rotation_euler = (0, 0, math.radians(heading))
        cars.append((name, root, corners[end], text))
    return scene, camera, crowd, cars


def main():
    quick = "--quick" in sys.argv
    samples = int(sys.argv[sys.argv.index("--samples") + 1]) if "--samples" in sys.argv else 48
    scene, camera, crowd, cars = build(quick, samples)
    planted = truth.collect(scene, camera, crowd, cars)
    (paths.work_folder() / "street.truth.json").write_text(json.dumps(planted, indent=1))
    scene.render.filepath = str(paths.work_folder() / ("street.quick.png" if quick else "street.png"))
    import bpy
    bpy.ops.render.render(write_still=True)


main()
