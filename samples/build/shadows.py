"""Promises: the shadows that moving people and cars throw on the ground, as a picture (255: full shadow), without rendering them."""
import math

import bpy
import cv2
import numpy as np

import truth

SUN = (46.0, 150.0)  # elevation and bearing in degrees, as in the scene's sky


def sun_way():
    """Unit vector from the sun to the ground, world space."""
    e, b = math.radians(SUN[0]), math.radians(SUN[1])
    return -np.array([math.sin(b) * math.cos(e), math.cos(b) * math.cos(e), math.sin(e)])


def thrown(scene, camera, points, ground, way):
    """Pixels (n, 2) of the points' shadows, thrown along `way` onto the height `ground`; those behind the camera are dropped."""
    far = (points[:, 2] - ground) / max(-way[2], 1e-3)
    pixel = project(scene, camera, points + way * np.maximum(far, 0)[:, None])
    return pixel[pixel[:, 2] > .3, :2]


def splat(mask, pixel, reach):
    """Sets the pixels and closes the gaps between them, about `reach` pixels wide."""
    near = np.round(pixel).astype(int)
    near = near[(near[:, 0] >= 0) & (near[:, 1] >= 0) & (near[:, 0] < mask.shape[1]) & (near[:, 1] < mask.shape[0])]
    mask[near[:, 1], near[:, 0]] = 255
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))


def vertices(obj):
    points = np.empty(len(obj.data.vertices) * 3, np.float32)
    obj.data.vertices.foreach_get("co", points)
    return points.reshape(-1, 3).astype(float)


def project(scene, camera, points):
    """World points to picture pixels and depth, all at once."""
    view = np.array(camera.matrix_world.normalized().inverted())
    here = points @ view[:3, :3].T + view[:3, 3]
    width, height = scene.render.resolution_x, scene.render.resolution_y
    f = camera.data.lens / camera.data.sensor_width * width
    depth = np.maximum(-here[:, 2], 1e-4)
    return np.stack([width / 2 + here[:, 0] / depth * f, height / 2 - here[:, 1] / depth * f, -here[:, 2]], 1)


def cast(scene, camera, crowd, cars, where):
    """All shadows of this moment as (height, width) 0..255."""
    bpy.context.view_layer.update()
    shape = (scene.render.resolution_y, scene.render.resolution_x)
    total = np.zeros(shape, np.uint8)
    way = sun_way()
    for name, someone in crowd:
        points = np.concatenate([vertices(o) for o, _, w in someone.parts if o.type == "MESH" and w is not None])
        pixel = thrown(scene, camera, np.concatenate([points, (points[1:] + points[:-1]) / 2]), where[name][2], way)
        total = np.maximum(total, cv2.GaussianBlur(splat(np.zeros(shape, np.uint8), pixel, 9), (0, 0), 1.6))
    for root in cars.values():
        body = next(child for child in root.children if child.name.endswith(".body"))
        matrix = np.array(root.matrix_world)
        points = vertices(body)[::3] @ matrix[:3, :3].T + matrix[:3, 3]
        for direction, value, blur in ((way, 235, 1.8), (np.array([0, 0, -1.0]), 255, 4)):
            pixel = thrown(scene, camera, points, 0, direction)
            mask = np.zeros(shape, np.uint8)
            if len(pixel) > 3:
                cv2.fillConvexPoly(mask, cv2.convexHull(np.round(pixel).astype(np.int32)), value)
            total = np.maximum(total, cv2.GaussianBlur(mask, (0, 0), blur))
    return total
