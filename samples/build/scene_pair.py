"""Promises: two more pictures for the archive: two people talking at a shop (terrace.png) and a person by a parked car, upright (parked.png).

Run: python scene_pair.py terrace|parked [--data FOLDER] [--samples N] ; writes NAME.png and NAME.truth.json to the work folder.
"""
import json
import math
import sys

import bpy

import car
import car_form
import paths
import people
import person
import street
import truth

SHOTS = {
    "terrace": dict(size=(800, 600), eye=(-1.9, 7.2, 1.6), look=(-3.9, 9.8, 1.42), lens=45, focus=2.6, fstop=2.2,
                    crowd=[("kim", (-3.25, 9.35), 30, people.stand(yaw=12)), ("lea", (-2.62, 9.85), -14, people.stand(yaw=-6, roll=3)), ("jan", (-4.6, 12.6), 25, people.walk(.3, yaw=12))],
                    cars=[]),
    "parked": dict(size=(600, 900), eye=(.15, 3.2, 1.55), look=(1.6, 7.2, .98), lens=30, focus=3.6, fstop=4.0,
                   crowd=[("mo", (.42, 6.3), -14, people.stand(yaw=-6))],
                   cars=[("green", car_form.HATCH, (.02, .10, .06), "AE-00-IO", "yellow", (2.05, 8.6), 181, "rear"), ("blue", car_form.SALOON, (.03, .05, .14), "YU 0 002", "white", (4.4, 16), 0, "front")]),
}


def main():
    name = next(a for a in sys.argv[1:] if a in SHOTS)
    shot = SHOTS[name]
    samples = int(sys.argv[sys.argv.index("--samples") + 1]) if "--samples" in sys.argv else 48
    scene = street.reset(*shot["size"], samples)
    street.sky(scene, elevation=46, bearing=150, strength=.11, sun=.5)
    street.roadway()
    street.rows(seed=4 if name == "terrace" else 11, until=40)
    street.furniture(trees=[(.1, 14, 7.5), (10.6, 9, 7), (10.6, 18, 8)], lamps=[(.35, 16.5), (10.3, 13)])
    camera = street.camera(scene, shot["eye"], shot["look"], shot["lens"], shot["focus"], shot["fstop"])
    if shot["size"][1] > shot["size"][0]:
        camera.data.sensor_fit = "VERTICAL"
        camera.data.sensor_height = 36
    crowd, cars = [], []
    for who, where, heading, pose in shot["crowd"]:
        someone = person.Person(who, people.LOOKS[who])
        someone.place(pose, (*where, .13), heading)
        crowd.append((who, someone))
    for plate, form, colour, text, style, where, heading, end in shot["cars"]:
        root, corners = car.make(plate, form, colour, text, style)
        root.location, root.rotation_euler = (*where, 0), (0, 0, math.radians(heading))
        cars.append((plate, root, corners[end], text))
    (paths.work_folder() / f"{name}.truth.json").write_text(json.dumps(truth.collect(scene, camera, crowd, cars)))
    scene.render.filepath = str(paths.work_folder() / f"{name}.png")
    bpy.ops.render.render(write_still=True)


main()
