"""Promises: garments cut from the base mesh's tights and skirt, loosened and hemmed, as rest points, faces, weights and a flat layout."""
import bpy
import numpy as np
from scipy.sparse import coo_matrix
from scipy.spatial import ConvexHull, cKDTree

import figure

HANDS = ("hand", "thumb", "index", "middle", "ring", "pinky")
TOPS = ("jacket", "jumper", "shirt", "tee", "coat")


def neighbours(faces, count):
    """Sparse table of edge neighbours, and how many each point has."""
    pairs = np.array([(f[i][0], f[(i + 1) % len(f)][0]) for f in faces for i in range(len(f))])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    table = coo_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), (count, count)).tocsr()
    table.data[:] = 1
    return table, np.maximum(np.asarray(table.sum(1)).ravel(), 1)


def normals(points, faces):
    """Point normals, area weighted."""
    out = np.zeros_like(points)
    corners = np.array([[c[0] for c in f] for f in faces if len(f) == 4])
    cross = np.cross(points[corners[:, 2]] - points[corners[:, 0]], points[corners[:, 3]] - points[corners[:, 1]])
    for k in range(4):
        np.add.at(out, corners[:, k], cross)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def bone_share(*parts):
    """For every point of the base mesh the summed weight of bones whose name starts with one of `parts`."""
    order, weights = figure.skeleton()
    pick = [i for i, (name, _, _) in enumerate(order) if name.startswith(tuple(parts))]
    return weights[:, pick].sum(1)


def levels(fig):
    """Heights in metres that garments start or end at."""
    return {"neck": fig.joint("joint-neck")[2], "chest": fig.joint("joint-spine-2")[2], "waist": fig.joint("joint-pelvis")[2] + 0.06,
            "hip": fig.joint("joint-l-upper-leg")[2], "knee": fig.joint("joint-l-knee")[2], "ankle": fig.joint("joint-l-ankle")[2]}


def bare(fig, look):
    """Points of the skin that stay visible: what no garment hides."""
    at, z = levels(fig), fig.rest[:, 2]
    shown = (z > at["neck"] - 0.10) | (bone_share(*HANDS) > 0.05)
    kinds = [g["kind"] for g in look["clothes"]]
    if "tee" in kinds:
        shown |= bone_share("lowerarm", *HANDS) > 0.05
    if "skirt" in kinds:
        shown |= z < at["knee"] + .15
    return shown


def along_arm(fig, points):
    """How far along the lower arm each point lies: 0 at the elbow, 1 at the wrist; and the sides' unit directions."""
    out, axes = np.zeros(len(points)), np.zeros((len(points), 3))
    for side, sign in (("l", 1), ("r", -1)):
        elbow, wrist = fig.joint(f"joint-{side}-elbow"), fig.joint(f"joint-{side}-hand")
        here = points[:, 0] * sign > 0
        axis = wrist - elbow
        out[here] = (points[here] - elbow) @ axis / (axis @ axis)
        axes[here] = axis
    return out, axes


def loosen(fig, points, faces, loose, rounds):
    """Tights smoothed `rounds` times and pushed `loose` metres off the skin."""
    table, total = neighbours(faces, len(points))
    used = np.unique([c[0] for f in faces for c in f])
    smoothed = points.copy()
    edge = np.asarray(table.getnnz(1)) < 4
    for _ in range(rounds):
        mean = (table @ smoothed) / total[:, None]
        mean[edge] = smoothed[edge]
        smoothed[used] = 0.5 * smoothed[used] + 0.5 * mean[used]
    out = normals(smoothed, faces)
    inside = np.einsum("nj,nj->n", points - smoothed, out)
    return smoothed + out * (np.maximum(inside, 0) * 0.8 + loose)[:, None]


def straight_legs(fig, points, garment):
    """Trouser legs as tubes: under the crotch no thinner than the cut asks for."""
    at = levels(fig)
    for sign in (1, -1):
        side = "l" if sign > 0 else "r"
        line = np.array([fig.joint(f"joint-{side}-{n}") for n in ("upper-leg", "knee", "ankle")])[::-1]
        here = (points[:, 0] * sign > 0) & (points[:, 2] < at["hip"] - 0.02)
        z = points[here, 2]
        centre = np.stack([np.interp(z, line[:, 2], line[:, 0]), np.interp(z, line[:, 2], line[:, 1]) - 0.005], 1)
        least = np.interp(z, [at["ankle"], at["knee"], at["hip"]], garment.get("cut", (0.078, 0.072, 0.07)))
        away = points[here, :2] - centre
        reach = np.linalg.norm(away, axis=1)
        points[here, :2] = centre + away * (np.maximum(reach, least) / np.maximum(reach, 1e-6))[:, None]
    return points


def straight_body(fig, points, arms, amount):
    """A top that falls straight from the chest instead of clinging to the waist."""
    at = levels(fig)
    body = arms < 0.3
    chest = body & (np.abs(points[:, 2] - at["chest"]) < 0.05)
    width, front, back = np.abs(points[chest, 0]).max(), points[chest, 1].min(), points[chest, 1].max()
    for z in np.arange(at["hip"] - 0.5, at["chest"], 0.02):
        ring = body & (points[:, 2] >= z) & (points[:, 2] < z + 0.02)
        if ring.sum() < 4:
            continue
        grow = max(1, 1 + amount * (width / np.abs(points[ring, 0]).max() - 1))
        points[ring, 0] *= grow
        y = points[ring, 1]
        middle = (y.min() + y.max()) / 2
        deep = max(1, 1 + amount * ((back - front) / max(y.max() - y.min(), 0.05) - 1))
        points[ring, 1] = middle + (y - middle) * deep
    return points


def make(fig, garment):
    """One garment: rest points (all base mesh points, metres), faces of (point, layout) pairs, weights, layout (u across, v up, metres)."""
    if garment["kind"] == "shoes":
        return shoes(fig, garment)
    _, _, groups = figure.base()
    weights = figure.skeleton()[1]
    kind, at, rest = garment["kind"], levels(fig), fig.rest
    source = groups["helper-skirt" if kind == "skirt" else "helper-tights"]
    arms = bone_share("upperarm", "lowerarm", *HANDS)
    reach, axis = along_arm(fig, rest)
    if kind in TOPS:
        hem = garment.get("hem", at["hip"] - {"jacket": 0.06, "coat": 0.45}.get(kind, 0.03))
        end = garment.get("sleeve", 0.97 if kind != "tee" else -0.35)
        low = at["hip"] - 0.5 if kind == "coat" else hem - 0.09
        mask = ((rest[:, 2] > low) & (arms < 0.5)) | ((arms >= 0.5) & (reach < end + 0.12)) & (bone_share("head") < 0.3)
    elif kind == "skirt":
        hem, mask = garment.get("hem", at["knee"] - 0.02), rest[:, 2] > garment.get("hem", at["knee"] - 0.02) - 0.1
    else:
        hem = garment.get("hem", 0.06)
        mask = (rest[:, 2] < at["waist"] + 0.04) & (arms < 0.3) & (bone_share("foot", "ball") < 0.6)
    faces = [f for f in source if all(mask[c[0]] for c in f)]
    points = loosen(fig, rest.copy(), faces, garment.get("loose", 0.015 if kind in TOPS else 0.005), garment.get("smooth", 8))
    if kind in TOPS:
        points = straight_body(fig, points, arms, garment.get("straight", 0.8 if kind in ("jacket", "coat") else 0.45))
        over = np.maximum(along_arm(fig, points)[0] - end, 0) * (arms > 0.5)
        points = points - axis * over[:, None]
        torso = arms < 0.5
        points[torso, 2] = np.maximum(points[torso, 2], hem)
        collar = at["neck"] + garment.get("collar", 0.03) + 0.55 * (points[:, 1] - fig.joint("joint-neck")[1])
        points[:, 2] = np.where(torso, np.minimum(points[:, 2], np.maximum(collar, hem)), points[:, 2])
    elif kind == "skirt":
        points[:, 2] = np.maximum(points[:, 2], hem)
    else:
        points = straight_legs(fig, points, garment)
        points[:, 2] = np.maximum(points[:, 2], hem)
    flat = np.stack([points[:, 0] + 1, points[:, 2]], 1)
    facing, count = normals(points, faces)[:, 1], len(points)
    back = [count if np.mean([facing[c[0]] for c in f]) > 0.1 else 0 for f in faces]
    return points, [tuple((int(c[0]), int(c[0]) + b) for c in f) for f, b in zip(faces, back)], weights, np.concatenate([flat, flat + [2, 0]])


def shoes(fig, garment):
    """A pair of shoes: the hull of each foot, a little larger, on a flat sole."""
    table = figure.skeleton()[1]
    body = np.zeros(len(fig.rest), bool)
    body[figure.point_groups()["body"]] = True
    points, faces, weights = [], [], []
    for sign in (1, -1):
        foot = np.nonzero(body & (fig.rest[:, 2] < levels(fig)["ankle"] + 0.015) & (fig.rest[:, 0] * sign > 0))[0]
        cloud = fig.rest[foot]
        middle = cloud.mean(0)
        cloud = middle + (cloud - middle) * [1.09, 1.06, 1.04]
        cloud[:, 2] = np.maximum(cloud[:, 2], -0.01)
        hull = ConvexHull(cloud)
        start = sum(len(p) for p in points)
        index = {int(v): i + start for i, v in enumerate(hull.vertices)}
        for face, plane in zip(hull.simplices, hull.equations):
            a, b, c = cloud[face]
            order = face if np.cross(b - a, c - a) @ plane[:3] > 0 else face[::-1]
            faces.append(tuple((index[int(v)], index[int(v)]) for v in order))
        points.append(cloud[hull.vertices])
        near = cKDTree(fig.rest[foot]).query(cloud[hull.vertices])[1]
        weights.append(table[foot][near])
    points = np.concatenate(points)
    return points, faces, np.concatenate(weights), points[:, [0, 2]] + [1, 0]


def finish(obj, garment, rounds=2):
    """Blender modifiers that give a garment roundness, folds and thickness."""
    sub = obj.modifiers.new("round", "SUBSURF")
    sub.levels = sub.render_levels = rounds
    strength = garment.get("folds", 0.010 if garment["kind"] in TOPS else 0.007)
    for scale, share in ((0.16, 1.0), (0.05, 0.35)):
        if strength:
            texture = bpy.data.textures.new(f"folds{scale}", "CLOUDS")
            texture.noise_scale = scale
            fold = obj.modifiers.new("folds", "DISPLACE")
            fold.texture, fold.strength, fold.mid_level = texture, strength * share, 0.5
            fold.texture_coords = "UV"
    if garment["kind"] != "shoes":
        thick = obj.modifiers.new("thick", "SOLIDIFY")
        thick.thickness, thick.offset = garment.get("thick", 0.004), -1
