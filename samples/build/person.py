"""Promises: an invented person as Blender objects (skin, eyes, lashes, hair, clothes) that stand where and how they are told."""
import bpy
import numpy as np

import clothes
import figure
import hair
import materials
import paths


def mesh_object(name, points, faces, coords=None, smooth=True):
    """A mesh object from points (metres) and faces of (point, texture coordinate) pairs; unused points are dropped."""
    used = np.unique([corner[0] for face in faces for corner in face])
    new = np.full(len(points), -1)
    new[used] = np.arange(len(used))
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points[used].tolist(), [], [[int(new[c[0]]) for c in face] for face in faces])
    if coords is not None:
        layer = mesh.uv_layers.new(name="uv")
        layer.data.foreach_set("uv", np.array([coords[c[1]] for face in faces for c in face], np.float32).ravel())
    mesh.shade_smooth() if smooth else mesh.shade_flat()
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(obj)
    obj["used"] = used.tolist()
    return obj


def strands_object(name, lines, thick, material):
    """A hair object from (n, k, 3) lines in metres; `thick` is the root's radius in metres, thinning to the tip."""
    curves = bpy.data.hair_curves.new(name)
    count, steps = lines.shape[:2]
    curves.add_curves([steps] * count)
    curves.points.foreach_set("position", lines.astype(np.float32).ravel())
    radius = np.tile(np.linspace(1, 0.35, steps) * thick, count).astype(np.float32)
    curves.points.foreach_set("radius", radius)
    curves.materials.append(material)
    obj = bpy.data.objects.new(name, curves)
    bpy.context.collection.objects.link(obj)
    return obj


class Person:
    """Builds all parts once; `place` then poses them. `look` holds the choices (see people.py)."""

    def __init__(self, name, look, detail=1.0):
        self.name, self.look, self.detail = name, look, detail
        rng = np.random.default_rng(look.get("seed", 1))
        self.fig = figure.Figure(look["gender"], look["age"], look["origin"], look.get("build", "averagemuscle-averageweight"),
                                 look.get("targets", ()), look.get("height", 1.0))
        self.parts = []  # (object, rest points, weights or None for the head's move)
        self.skin_parts(rng)
        self.hair_parts(rng, detail)
        for garment in look["clothes"]:
            self.garment_part(garment)

    def skin_parts(self, rng):
        points, coords, groups = figure.base()
        weights = figure.skeleton()[1]
        keep = clothes.bare(self.fig, self.look)
        faces = [f for f in groups["body"] if all(keep[c[0]] for c in f)]
        obj = mesh_object(f"{self.name}.skin", self.fig.rest, faces, coords)
        obj.data.materials.append(materials.skin(self.name, paths.skin(self.look["skin"]), self.look))
        smooth = obj.modifiers.new("smooth", "SUBSURF")
        smooth.levels = smooth.render_levels = 1
        self.parts.append((obj, self.fig.rest, weights))
        for part in ("helper-l-eyelashes-1", "helper-r-eyelashes-1", "helper-l-eyelashes-2", "helper-r-eyelashes-2"):
            lash = mesh_object(f"{self.name}.{part}", self.fig.rest, groups[part], coords)
            lash.data.materials.append(materials.lashes())
            self.parts.append((lash, self.fig.rest, weights))
        teeth = mesh_object(f"{self.name}.teeth", self.fig.rest, groups["helper-upper-teeth"] + groups["helper-lower-teeth"], coords)
        teeth.data.materials.append(materials.plain("teeth", (0.75, 0.70, 0.62), 0.3))
        self.parts.append((teeth, self.fig.rest, weights))
        eye_points, eye_coords, eye_faces = self.fig.eyes()
        eyes = mesh_object(f"{self.name}.eyes", eye_points, eye_faces, eye_coords)
        eyes.data.materials.append(materials.eyes(self.look.get("eyes", "brown")))
        self.parts.append((eyes, eye_points, None))

    def hair_parts(self, rng, detail):
        faces, coords = hair.skin_head_faces()
        head = figure.skeleton()[1]
        order = [n for n, _, _ in figure.skeleton()[0]]
        headish = head[:, order.index("head")] + head[:, order.index("neck_01")] + head[:, order.index("spine_03")] \
            + head[:, order.index("clavicle_l")] + head[:, order.index("clavicle_r")] > 0.5
        near = [f for f in faces if headish[f[0][0]]]
        skull = hair.Skull(self.fig.rest, near)
        colour = materials.strand(self.look["hair"])
        lines = hair.brow_hair(self.fig, skull, near, coords, rng, int(500 * min(1, detail + .3)))
        self.parts.append((strands_object(f"{self.name}.brows", lines, 0.00022, materials.strand(self.look.get("brows", self.look["hair"]))), lines, None))
        if self.look.get("style"):
            lines = hair.scalp_hair(self.look["style"], self.fig, skull, near, coords, rng, int(self.look.get("strands", 9000) * detail))
            thick = self.look.get("thick", 0.0003) / max(detail, 0.3) ** .5
            self.parts.append((strands_object(f"{self.name}.hair", lines, thick, colour), lines, None))

    def garment_part(self, garment):
        points, faces, weights, flat = clothes.make(self.fig, garment)
        obj = mesh_object(f"{self.name}.{garment['kind']}", points, faces, flat)
        obj.data.materials.append(materials.cloth(f"{self.name}.{garment['kind']}", garment))
        clothes.finish(obj, garment, 2 if self.detail > 0.5 else 1)
        self.parts.append((obj, points, weights))

    def place(self, turns, where=(0, 0, 0), heading=0.0):
        """Poses all parts: `turns` per bone (3x3), then turned by `heading` degrees about z and moved to `where` (metres)."""
        moves, index = self.fig.bone_moves(turns)
        spin = figure.rotation(z=heading)
        head = moves[index["head"]]
        posed = self.fig.posed(turns)
        lift = np.array([0, 0, -min(posed[figure.point_groups()["body"], 2].min(), 9)])
        self.head_points = (posed[self.head_mask()] + lift) @ spin.T + np.array(where)
        self.posed_points = (posed[figure.point_groups()["body"]] + lift) @ spin.T + np.array(where)
        self.facing = spin @ head[:3, :3] @ np.array([0, -1.0, 0])
        for obj, rest, weights in self.parts:
            flat = rest.reshape(-1, 3)
            if weights is None:
                points = flat @ head[:3, :3].T + head[:3, 3]
            elif rest is self.fig.rest:
                points = posed
            else:
                points = self.fig.posed(turns, rest, weights)
            points = (points + lift) @ spin.T + np.array(where)
            if obj.type == "CURVES":
                obj.data.points.foreach_set("position", points.astype(np.float32).ravel())
                obj.data.update_tag()
            else:
                obj.data.vertices.foreach_set("co", points[np.array(obj["used"])].astype(np.float32).ravel())
                obj.data.update()

    def outline(self):
        """Some hundred posed points, world space metres, that span the whole person."""
        return self.posed_points[::60]

    def head_mask(self):
        """Which points of the base mesh make up the face from brow to chin and ear to ear: the box a detector is to find."""
        if not hasattr(self, "_mask"):
            fig, groups = self.fig, figure.point_groups()
            order = [n for n, _, _ in figure.skeleton()[0]]
            head = figure.skeleton()[1][:, order.index("head")] > 0.6
            body = np.zeros(len(fig.rest), bool)
            body[groups["body"]] = True
            eye = fig.joint("joint-l-eye")
            chin = fig.rest[head & body & (np.abs(fig.rest[:, 0]) < 0.02) & (fig.rest[:, 1] < eye[1] + .03)][:, 2].min()
            top = eye[2] + 0.75 * (eye[2] - chin) * 0.75
            self._mask = head & body & (fig.rest[:, 2] < top) & (fig.rest[:, 2] >= chin) & (fig.rest[:, 1] < eye[1] + 0.055)
        return self._mask
