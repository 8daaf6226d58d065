"""Promises: where the planted faces and plates lie in the rendered picture, in pixels, and how much of each can be seen."""
import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector


def pixels(scene, camera, points):
    """World points to picture pixels (x right, y down) and distance in metres."""
    width, height = scene.render.resolution_x, scene.render.resolution_y
    out = []
    for p in points:
        v = world_to_camera_view(scene, camera, Vector(p))
        out.append((v.x * width, (1 - v.y) * height, v.z))
    return np.array(out)


def seen(scene, camera, points, own):
    """The share of points that no other object hides; `own` are beginnings of names that may be hit."""
    graph = bpy.context.evaluated_depsgraph_get()
    eye = camera.matrix_world.translation
    free = 0
    for p in points:
        way = Vector(p) - eye
        hit, where, _, _, obj, _ = scene.ray_cast(graph, eye, way.normalized(), distance=way.length - 0.02)
        free += (not hit) or obj.name.startswith(tuple(own))
    return free / max(len(points), 1)


def yaw_of(someone, camera):
    """How far the face is turned away from the camera, degrees (0: looks into it)."""
    front = np.array(someone.facing)
    to = np.array(camera.matrix_world.translation) - someone.head_points.mean(0)
    to[2] = front[2] = 0
    cosine = front @ to / np.linalg.norm(front) / np.linalg.norm(to)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def collect(scene, camera, crowd, cars):
    """The truth of one picture: [{class, name, box: [x1, y1, x2, y2], seen, ...}], boxes cut at the picture's edge."""
    bpy.context.view_layer.update()
    width, height = scene.render.resolution_x, scene.render.resolution_y
    planted = []

    def add(kind, name, flat, share, **more):
        if (flat[:, 2] <= 0).any():
            return
        low, high = flat[:, :2].min(0), flat[:, :2].max(0)
        box = [max(0, low[0]), max(0, low[1]), min(width, high[0]), min(height, high[1])]
        if box[2] - box[0] < 3 or box[3] - box[1] < 3:
            return
        inside = (box[2] - box[0]) * (box[3] - box[1]) / max((high - low).prod(), 1e-9)
        planted.append({"class": kind, "name": name, "box": [round(float(v), 1) for v in box], "seen": round(share * float(inside), 2), **more})

    for name, someone in crowd:
        points = someone.head_points
        step = points[:: max(1, len(points) // 60)]
        near = [p for p in step if (np.array(camera.matrix_world.translation) - p) @ np.array(someone.facing) > 0]
        add("face", name, pixels(scene, camera, points), seen(scene, camera, near, [name + "."]), turned=round(yaw_of(someone, camera)))
    for name, root, corners, text in cars:
        world = [root.matrix_world @ Vector(c) for c in corners]
        flat = pixels(scene, camera, world)
        mid = [sum((w * k for w, k in zip(world, ks)), Vector()) for ks in ((.25,) * 4, (.7, .1, .1, .1), (.1, .7, .1, .1), (.1, .1, .7, .1), (.1, .1, .1, .7))]
        add("plate", name, flat, seen(scene, camera, mid, [name + ".parts"]), text=text, corners=[[round(float(v), 1) for v in c[:2]] for c in flat])
    return planted
