"""Promises: boxes, sheets, tubes and lathe forms gathered into one mesh with several materials; lengths in metres."""
import bpy
import numpy as np


class Pile:
    """Collects faces by material; `build` makes one object of them."""

    def __init__(self, name):
        self.name, self.points, self.faces, self.kinds, self.materials = name, [], [], [], []
        self.coords = []

    def kind(self, material):
        if material not in self.materials:
            self.materials.append(material)
        return self.materials.index(material)

    def face(self, corners, material, coords=None):
        """One face from its corners, counter-clockwise seen from outside; texture coordinates optional."""
        start = len(self.points)
        self.points += [tuple(float(x) for x in c) for c in corners]
        self.faces.append(list(range(start, start + len(corners))))
        self.kinds.append(self.kind(material))
        self.coords += list(coords) if coords is not None else [(0, 0), (1, 0), (1, 1), (0, 1)][:len(corners)]

    def box(self, low, high, material):
        """An upright box between two corners."""
        (a, b, c), (d, e, f) = low, high
        p = [(a, b, c), (d, b, c), (d, e, c), (a, e, c), (a, b, f), (d, b, f), (d, e, f), (a, e, f)]
        for quad in ((0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7), (3, 2, 1, 0)):
            self.face([p[i] for i in quad], material)

    def tube(self, start, end, first, last, material, sides=12, cap=True):
        """A tapered tube between two points with the radii `first` and `last`."""
        start, end = np.array(start, float), np.array(end, float)
        axis = (end - start) / np.linalg.norm(end - start)
        other = np.cross(axis, [0, 0, 1] if abs(axis[2]) < .9 else [1, 0, 0])
        other /= np.linalg.norm(other)
        third = np.cross(axis, other)
        turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
        ring = np.cos(turn)[:, None] * other + np.sin(turn)[:, None] * third
        for i in range(sides):
            j = (i + 1) % sides
            self.face([start + ring[i] * first, start + ring[j] * first, end + ring[j] * last, end + ring[i] * last], material)
        if cap:
            self.face([end + r * last for r in ring], material, [(0, 0)] * sides)

    def build(self, smooth=False):
        mesh = bpy.data.meshes.new(self.name)
        mesh.from_pydata(self.points, [], self.faces)
        for material in self.materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", self.kinds)
        layer = mesh.uv_layers.new(name="uv")
        layer.data.foreach_set("uv", np.array(self.coords, np.float32).ravel())
        mesh.shade_smooth() if smooth else mesh.shade_flat()
        obj = bpy.data.objects.new(self.name, mesh)
        bpy.context.collection.objects.link(obj)
        return obj


def sheet(name, low, high, z, material):
    """A flat ground sheet between two (x, y) corners; texture coordinates in metres."""
    pile = Pile(name)
    (a, b), (c, d) = low, high
    pile.face([(a, b, z), (c, b, z), (c, d, z), (a, d, z)], material, [(a, b), (c, b), (c, d), (a, d)])
    return pile.build()


def grid_object(name, points, material_of, materials, coords=None, smooth=True):
    """A closed surface from a (rows, columns, 3) grid whose columns wrap around; `material_of` is an index per (row, column) face."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(index, -1, 1)
    faces = np.stack([index[:-1], index[1:], right[1:], right[:-1]], -1).reshape(-1, 4)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points.reshape(-1, 3).tolist(), [], faces.tolist())
    for material in materials:
        mesh.materials.append(material)
    if material_of is not None:
        mesh.polygons.foreach_set("material_index", np.asarray(material_of, int).ravel())
    if coords is not None:
        layer = mesh.uv_layers.new(name="uv")
        layer.data.foreach_set("uv", coords(points.reshape(-1, 3)[faces]).astype(np.float32).ravel())
    mesh.shade_smooth() if smooth else mesh.shade_flat()
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(obj)
    return obj
