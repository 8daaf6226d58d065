"""Promises: the film's moving shapes without rendering: every surface point's pixel and depth at any frame, for shadows and in-between pictures."""
import cv2
import numpy as np
from numba import njit

import car_form
import clothes
import figure
import people
import scene_film

WIDTH, HEIGHT, FPS = scene_film.WIDTH, scene_film.HEIGHT, scene_film.FPS
FORMS = {"blue": car_form.SALOON, "white": car_form.VAN}


SUN = (46.0, 150.0)  # elevation and bearing in degrees, as in the scene's sky


def sun_way():
    """Unit vector from the sun to the ground, world space."""
    e, b = np.radians(SUN)
    return -np.array([np.sin(b) * np.cos(e), np.cos(b) * np.cos(e), np.sin(e)])


def view(points):
    """World points to still pixels (x, y) and depth in metres."""
    eye, look, lens = (np.array(v, float) for v in scene_film.CAMERA)
    ahead = (look - eye) / np.linalg.norm(look - eye)
    right = np.cross(ahead, [0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    here = (points - eye) @ np.stack([right, up, ahead], 1)
    f = lens / 36 * WIDTH
    depth = np.maximum(here[:, 2], 1e-3)
    return np.stack([WIDTH / 2 + here[:, 0] / depth * f, HEIGHT / 2 - here[:, 1] / depth * f, here[:, 2]], 1)


def triangles(faces, index):
    return np.array([[index[f[0][0]], index[f[i][0]], index[f[i + 1][0]]] for f in faces for i in range(1, len(f) - 1)])


class Walker:
    """One person's surface: rest points, weights and triangles of skin and clothes, and how they move."""

    def __init__(self, name):
        look = people.LOOKS[name]
        self.name = name
        self.fig = figure.Figure(look["gender"], look["age"], look["origin"], look.get("build", "averagemuscle-averageweight"), look.get("targets", ()), look.get("height", 1.0))
        rest, weights, tris, start = [], [], [], 0
        keep = clothes.bare(self.fig, look)
        skin = [f for f in figure.base()[2]["body"] if all(keep[c[0]] for c in f)]
        for points, faces, table in [(self.fig.rest, skin, figure.skeleton()[1])] + [clothes.make(self.fig, g)[:3] for g in look["clothes"]]:
            used = np.unique([c[0] for f in faces for c in f])
            index = {int(v): i + start for i, v in enumerate(used)}
            tris.append(triangles(faces, index))
            rest.append(points[used])
            weights.append(table[used])
            start += len(used)
        self.rest, self.weights, self.tris = np.concatenate(rest), np.concatenate(weights), np.concatenate(tris)
        feet = figure.point_groups()["body"]
        self.crown = np.nonzero((self.rest[:, 2] > self.fig.joint('joint-l-eye')[2] - .02))[0]
        self.low = feet[self.fig.rest[feet, 2] < .25]

    def at(self, t):
        """World points at `t` seconds, and the ground's height."""
        x, y, z, heading, pose = scene_film.walkers(t)[self.name]
        moves, _ = self.fig.bone_moves(pose)

        def move(points, weights):
            blend = (weights @ moves[:, :3].reshape(len(moves), 12)).reshape(-1, 3, 4)
            return (blend[:, :, :3] * points[:, None]).sum(2) + blend[:, :, 3]

        lift = move(self.fig.rest[self.low], figure.skeleton()[1][self.low])[:, 2].min()
        out = (move(self.rest, self.weights) - [0, 0, lift]) @ figure.rotation(z=heading).T
        return out + [x, y, z], z


class Driver:
    """A car's body."""

    def __init__(self, name, form=None):
        self.name = name
        grid = car_form.loft(form or FORMS[name], 90, 40)
        rows, columns = grid.shape[:2]
        index = np.arange(rows * columns).reshape(rows, columns)
        right = np.roll(index, -1, 1)
        quads = np.stack([index[:-1], index[1:], right[1:], right[:-1]], -1).reshape(-1, 4)
        self.tris, self.rest = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]), grid.reshape(-1, 3)

    def at(self, t):
        x, y, heading = scene_film.drivers(t)[self.name]
        return self.rest @ figure.rotation(z=heading).T + [x, y, 0], 0.0


@njit(cache=True)
def raster(now, tris, depth, values, out):
    """Depth-tested triangles: `now` (n, 3) pixel and depth, `values` (n, k) interpolated into `out` (h, w, k) where nearest."""
    height, width = depth.shape
    count = values.shape[1]
    for n in range(tris.shape[0]):
        a, b, c = tris[n, 0], tris[n, 1], tris[n, 2]
        if now[a, 2] < .3 or now[b, 2] < .3 or now[c, 2] < .3:
            continue
        x0, y0, x1, y1, x2, y2 = now[a, 0], now[a, 1], now[b, 0], now[b, 1], now[c, 0], now[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right_ = max(0, int(min(x0, x1, x2))), min(width - 1, int(max(x0, x1, x2)) + 1)
        top, low = max(0, int(min(y0, y1, y2))), min(height - 1, int(max(y0, y1, y2)) + 1)
        for y in range(top, low + 1):
            for x in range(left, right_ + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
                w0 = 1 - w1 - w2
                if w0 < -1e-6 or w1 < -1e-6 or w2 < -1e-6:
                    continue
                z = w0 * now[a, 2] + w1 * now[b, 2] + w2 * now[c, 2]
                if z < depth[y, x]:
                    depth[y, x] = z
                    for k in range(count):
                        out[y, x, k] = w0 * values[a, k] + w1 * values[b, k] + w2 * values[c, k]


class Stage:
    """Everyone who moves; answers for shadows and for how pixels move between frames."""

    def __init__(self):
        self.actors = [Walker(n) for n in scene_film.walkers(0)] + [Driver(n) for n in scene_film.drivers(0)]
        self.memory, self.places = {}, {}
        parked = Driver("blue", car_form.HATCH)
        here = parked.rest + [1.95, 18.5, 0]
        self.still = np.full((HEIGHT, WIDTH), np.inf)  # what stands in front of those who move
        raster(view(here), parked.tris, self.still, np.zeros((len(here), 0)), np.zeros((HEIGHT, WIDTH, 0)))

    def seen(self, frame):
        """Pixels and depth of all actors' points at a frame."""
        if frame not in self.places:
            if len(self.places) > 4:
                self.places.pop(next(iter(self.places)))
            self.places[frame] = [view(actor.at(frame / FPS)[0]) for actor in self.actors]
        return self.places[frame]

    def depth(self, frame):
        """The depth picture of a rendered frame (metres, inf where nobody is); remembered."""
        if frame not in self.memory:
            if len(self.memory) > 3:
                self.memory.clear()
            depth, none = np.full((HEIGHT, WIDTH), np.inf), np.zeros((HEIGHT, WIDTH, 0))
            for actor, now in zip(self.actors, self.seen(frame)):
                raster(now, actor.tris, depth, np.zeros((len(now), 0)), none)
            self.memory[frame] = cv2.erode(depth.astype(np.float32), np.ones((3, 3)))
        return self.memory[frame]

    def flow(self, frame, others):
        """The pixels of `frame` that show someone (flat index), which are beyond the surface (hair, folds),
        which must be solid (well inside a person), and for each of two other
        frames where those pixels lie there and whether that is sure: ([x], [y], [sure])."""
        depth, out = np.full((HEIGHT, WIDTH), np.inf), np.zeros((HEIGHT, WIDTH, 7))
        there = [self.seen(n) for n in others]
        for k, (actor, now) in enumerate(zip(self.actors, self.seen(frame))):
            raster(now, actor.tris, depth, np.hstack([there[0][k], there[1][k], np.full((len(now), 1), float(isinstance(actor, Walker)))]), out)
        inside = np.isfinite(depth)
        gap, labels = cv2.distanceTransformWithLabels((~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        spot = np.nonzero(inside.ravel())[0]
        where = np.zeros(labels.max() + 1, np.int32)
        where[labels.ravel()[spot]] = spot
        reach = np.full((HEIGHT, WIDTH), 7, np.uint8)
        for actor, now in zip(self.actors, self.seen(frame)):
            if isinstance(actor, Walker):  # hair stands further off the skin than cloth does
                x, y = now[actor.crown, 0].mean(), now[actor.crown, 1].mean()
                size = 0.27 * 1120 / max(now[actor.crown, 2].mean(), .5)
                if -200 < x < WIDTH + 200:
                    cv2.circle(reach, (int(x), int(y)), int(size), 26, -1)
        todo = np.nonzero((gap < reach).ravel())[0]
        near = where[labels.ravel()[todo]]
        shown = self.still.ravel()[todo] > depth.ravel()[near]
        todo, near = todo[shown], near[shown]
        shift_x, shift_y = todo % WIDTH - near % WIDTH, todo // WIDTH - near // WIDTH
        outside = ~inside.ravel()[todo]
        flat, result = out.reshape(-1, 7), []
        for k, n in enumerate(others):
            place = flat[near, 3 * k:3 * k + 3]
            px, py = place[:, 0] + shift_x, place[:, 1] + shift_y
            there = self.depth(n)[np.clip(py, 0, HEIGHT - 1).astype(np.int32), np.clip(px, 0, WIDTH - 1).astype(np.int32)]
            sure = (px >= 0) & (py >= 0) & (px < WIDTH - 1) & (py < HEIGHT - 1) & (place[:, 2] > .3)
            sure &= np.where(outside, ~np.isfinite(there), place[:, 2] < there + .07)
            result.append((px.astype(np.float32), py.astype(np.float32), sure))
        deep = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5).ravel()[todo]
        return todo, outside, (deep > 2.5) & (flat[todo, 6] > .5), result

    def shade(self, frame):
        """Shadows on the ground, 0..1."""
        total, way = np.zeros((HEIGHT, WIDTH), np.uint8), sun_way()
        for actor in self.actors:
            points, ground = actor.at(frame / FPS)
            for direction, value, blur in [(way, 240, 1.8)] + ([(np.array([0, 0, -1.0]), 255, 4)] if isinstance(actor, Driver) else []):
                flat = points + direction * np.maximum((points[:, 2] - ground) / -direction[2], 0)[:, None]
                pixel = view(flat)
                mask = np.zeros((HEIGHT, WIDTH), np.uint8)
                if isinstance(actor, Driver):
                    pixel = pixel[pixel[:, 2] > .5, :2]
                    if len(pixel) > 3:
                        cv2.fillConvexPoly(mask, cv2.convexHull(np.round(np.clip(pixel, -4000, 8000)).astype(np.int32)), value)
                else:
                    raster(np.ascontiguousarray(pixel), actor.tris, np.full((HEIGHT, WIDTH), np.inf), np.full((len(pixel), 1), float(value)), (buffer := np.zeros((HEIGHT, WIDTH, 1))))
                    mask = buffer[..., 0].astype(np.uint8)
                total = np.maximum(total, cv2.GaussianBlur(mask, (0, 0), blur))
        return total.astype(np.float32) / 255
