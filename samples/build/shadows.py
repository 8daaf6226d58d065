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


def paint(mask, scene, camera, points, faces, ground, way, value):
    """Fills the shadows of faces thrown along `way` onto the height `ground`."""
    far = (points[:, 2] - ground) / max(-way[2], 1e-3)
    flat = points + way * np.maximum(far, 0)[:, None]
    pixel = project(scene, camera, flat)
    for face in faces:
        corners = pixel[list(face)]
        if (corners[:, 2] > .2).all():
            cv2.fillConvexPoly(mask, np.round(corners[:, :2] * 16).astype(np.int32), value, shift=4, lineType=cv2.LINE_AA)


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
        mask = np.zeros(shape, np.uint8)
        for obj, _, weights in someone.parts:
            if obj.type == "MESH" and weights is not None:
                mesh = obj.data
                points = np.empty(len(mesh.vertices) * 3, np.float32)
                mesh.vertices.foreach_get("co", points)
                paint(mask, scene, camera, points.reshape(-1, 3).astype(float), [p.vertices for p in mesh.polygons], where[name][2], way, 255)
        total = np.maximum(total, cv2.GaussianBlur(mask, (0, 0), 1.6))
    for root in cars.values():
        mask, under = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        for child in root.children:
            if child.type == "MESH" and child.name.split(".")[-1] in ("body", "parts"):
                mesh = child.data
                points = np.empty(len(mesh.vertices) * 3, np.float32)
                mesh.vertices.foreach_get("co", points)
                matrix = np.array(root.matrix_world)
                points = points.reshape(-1, 3).astype(float) @ matrix[:3, :3].T + matrix[:3, 3]
                faces = [p.vertices for p in mesh.polygons][:: 1]
                paint(mask, scene, camera, points, faces, 0, way, 235)
                paint(under, scene, camera, points, faces, 0, np.array([0, 0, -1.0]), 255)
        total = np.maximum(total, np.maximum(cv2.GaussianBlur(mask, (0, 0), 1.8), cv2.GaussianBlur(under, (0, 0), 4)))
    return total
