"""Promises: the shape of one invented person as points, faces and bones, in rest pose or posed; knows nothing of rendering."""
import gzip
import json
from functools import lru_cache

import numpy as np

import paths

SCALE = 0.1  # the base mesh is in decimetres


def upright(points):
    """From the base mesh's axes (y up, z to the viewer, decimetres) to ours (z up, -y to the viewer, metres)."""
    points = np.asarray(points, float)
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], -1) * SCALE


def read_obj(path):
    """Points, texture coordinates and, per group, faces as lists of (point, texture coordinate) index pairs."""
    points, coords, groups, group = [], [], {}, "body"
    for line in open(path):
        word = line.split()
        if not word:
            continue
        if word[0] == "v":
            points.append([float(x) for x in word[1:4]])
        elif word[0] == "vt":
            coords.append([float(x) for x in word[1:3]])
        elif word[0] == "g":
            group = word[1] if len(word) > 1 else "body"
        elif word[0] == "f":
            face = [tuple(int(i) - 1 for i in corner.split("/")[:2]) for corner in word[1:]]
            groups.setdefault(group, []).append(face)
    return np.array(points), np.array(coords), groups


@lru_cache(maxsize=None)
def base():
    """The neutral base mesh, decimetres, in its own axes."""
    return read_obj(paths.body() / "3dobjs" / "base.obj")


@lru_cache(maxsize=None)
def target(name):
    """A shape change: point indices and moves in decimetres, base mesh axes."""
    path = paths.body() / "targets" / f"{name}.target.gz"
    index, moves = [], []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            word = line.split()
            if len(word) == 4 and not word[0].startswith("#"):
                index.append(int(word[0]))
                moves.append([float(x) for x in word[1:]])
    return np.array(index, int), np.array(moves).reshape(-1, 3)


@lru_cache(maxsize=None)
def skeleton():
    """Bones in parent-first order as (name, parent, joint group) and the weights as a dense point-by-bone table."""
    bones = json.loads((paths.body() / "rigs/standard/rig.game_engine.json").read_text())
    order = []
    while len(order) < len(bones):
        for name, bone in bones.items():
            if name not in [n for n, _, _ in order] and (not bone["parent"] or bone["parent"] in [n for n, _, _ in order]):
                order.append((name, bone["parent"], bone["head"].get("cube_name")))
    weights = json.loads((paths.body() / "rigs/standard/weights.game_engine.json").read_text())["weights"]
    table = np.zeros((len(base()[0]), len(order)))
    for column, (name, _, _) in enumerate(order):
        for point, weight in weights.get(name, []):
            table[point, column] = weight
    return order, table / np.maximum(table.sum(1, keepdims=True), 1e-9)


@lru_cache(maxsize=None)
def point_groups():
    """Point indices of every named part of the base mesh."""
    spans = json.loads((paths.body() / "mesh_metadata/basemesh_vertex_groups.json").read_text())
    return {name: np.concatenate([np.arange(a, b + 1) for a, b in parts]) for name, parts in spans.items()}


def rotation(x=0.0, y=0.0, z=0.0):
    """Turns about the fixed axes x, then y, then z, in degrees."""
    a, b, c = np.radians([x, y, z])
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return rz @ ry @ rx


class Figure:
    """One person's shape. `rest` holds all points of the base mesh in metres, feet on z = 0."""

    def __init__(self, gender="male", age="young", origin="caucasian", build="averagemuscle-averageweight", targets=(), height=1.0):
        points = base()[0].copy()
        names = [(f"macrodetails/universal-{gender}-{age}-{build}", 1.0), (f"macrodetails/{origin}-{gender}-{age}", 1.0), *targets]
        for name, amount in names:
            index, moves = target(name)
            points[index] += amount * moves
        self.raw = points
        self.rest = upright(points) * height
        self.floor = self.rest[point_groups()["body"], 2].min()
        self.rest[:, 2] -= self.floor
        self.size = height

    def joint(self, name):
        """Where a joint lies in rest pose, metres."""
        return self.rest[point_groups()[name]].mean(0)

    def eyes(self):
        """The eyeballs fitted to this face: points in metres (rest pose), texture coordinates, faces."""
        folder = paths.heads() / "eyes" / "high-poly"
        _, coords, groups = read_obj(folder / "high-poly.obj")
        scale, out, reading = np.ones(3), [], False
        for line in (folder / "high-poly.mhclo").read_text().splitlines():
            word = line.split()
            if not word:
                continue
            if word[0] in ("x_scale", "y_scale", "z_scale"):
                axis = "xyz".index(word[0][0])
                a, b = int(word[1]), int(word[2])
                scale[axis] = abs(self.raw[a, axis] - self.raw[b, axis]) / float(word[3])
            elif word[0] == "verts":
                reading = True
            elif reading and len(word) == 9:
                corners = self.raw[[int(i) for i in word[:3]]]
                out.append(np.array([float(w) for w in word[3:6]]) @ corners + scale * [float(w) for w in word[6:]])
            elif reading and len(word) == 1 and word[0].isdigit():
                out.append(self.raw[int(word[0])])
            elif reading:
                break
        points = upright(np.array(out)) * self.size
        points[:, 2] -= self.floor
        return points, coords, [face for part in groups.values() for face in part]

    def bone_moves(self, turns):
        """4x4 moves of every bone for turns given as {bone: 3x3 about the fixed axes}, and the bones' order."""
        order, _ = skeleton()
        moves = {"": np.eye(4)}
        for name, parent, joint in order:
            local = np.eye(4)
            if name in turns and joint:
                pivot = self.joint(joint)
                local[:3, :3] = turns[name]
                local[:3, 3] = pivot - turns[name] @ pivot
            moves[name] = moves[parent] @ local
        return np.stack([moves[name] for name, _, _ in order]), {name: i for i, (name, _, _) in enumerate(order)}

    def posed(self, turns, points=None, weights=None):
        """Points moved with the bones. Without `points`, all of the base mesh."""
        moves, _ = self.bone_moves(turns)
        points = self.rest if points is None else points
        weights = skeleton()[1] if weights is None else weights
        blend = np.einsum("pb,bij->pij", weights, moves)
        return np.einsum("pij,pj->pi", blend[:, :3, :3], points) + blend[:, :3, 3]
