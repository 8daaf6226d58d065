"""Promises: the street itself: sky and sun, road, pavements, houses on both sides, trees, lamps; runs along +y from the viewer.

Pavement on the left: x from -6 to 0.9; road 0.9 to 9.7; pavement on the right up to 13.5.
"""
import math

import bpy
import numpy as np

import ground
import houses
import materials
import tree
from shapes import Pile, sheet

LEFT, KERB, FAR_KERB, RIGHT = -6.0, 0.9, 9.7, 13.5


def reset(width, height, samples, threads=2):
    """An empty Blender scene rendered by path tracing with a denoiser."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.samples, cycles.use_denoising, cycles.max_bounces = samples, True, 4
    cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transparent_max_bounces = 2, 3, 6
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4
    cycles.adaptive_threshold = 0.02
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.render.image_settings.file_format = "PNG"
    return scene


def sky(scene, elevation=40, bearing=200, strength=0.07, sun=0.5, clouds=0.55, exposure=0.0):
    """A clear sky with clouds. `bearing` in degrees: where the sun stands, 180 behind the viewer."""
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    air = nodes.new("ShaderNodeTexSky")
    air.sky_type = "NISHITA"
    air.sun_elevation, air.sun_rotation = math.radians(elevation), math.radians(bearing)
    air.sun_size, air.sun_intensity = math.radians(2.0), sun * (0.545 / 2.0) ** 0  # a wide soft sun
    air.dust_density = 1.2
    place = nodes.new("ShaderNodeTexCoord")
    flat = nodes.new("ShaderNodeMapping")
    flat.inputs["Scale"].default_value = (1, 1, 3.2)
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value, noise.inputs["Distortion"].default_value = 2.6, 9, .4
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = clouds - .07, clouds + .16
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    mix.inputs[7].default_value = (9.5, 9.7, 10.0, 1)
    links.new(place.outputs["Generated"], flat.inputs[0])
    links.new(flat.outputs[0], noise.inputs["Vector"])
    links.new(noise.outputs[0], ramp.inputs[0])
    soft = nodes.new("ShaderNodeMath")
    soft.operation = "MULTIPLY"
    soft.inputs[1].default_value = 0.8
    links.new(ramp.outputs[0], soft.inputs[0])
    links.new(soft.outputs[0], mix.inputs[0])
    links.new(air.outputs[0], mix.inputs[6])
    links.new(mix.outputs[2], nodes["Background"].inputs[0])
    nodes["Background"].inputs[1].default_value = strength
    scene.view_settings.exposure = exposure


WALLS = [((.52, .42, .28), (.60, .50, .35)), ((.40, .19, .13), (.48, .25, .18)), ((.55, .53, .49), (.64, .62, .57)), ((.36, .42, .42), (.44, .50, .49)),
         ((.58, .35, .26), (.66, .42, .32)), ((.50, .47, .33), (.58, .54, .40))]


def rows(seed=4, begin=-6, until=62):
    """Houses on both sides."""
    rng = np.random.default_rng(seed)
    for side, toward, x in (("left", 1, LEFT), ("right", -1, RIGHT)):
        y = begin if side == "left" else begin + 9
        k = 0
        while y < until:
            wide = rng.uniform(8, 14)
            one, two = WALLS[(k * 2 + (side == "right") * 3 + seed) % len(WALLS)]
            wall = ground.mixed(f"wall{side}{k}", one, two, 5, bump=.15)
            houses.front(f"{side}{k}", (x, y), wide, toward, rng, wall, storeys=int(rng.integers(3, 5)))
            y += wide
            k += 1
    end = ground.mixed("wallend", (.5, .44, .36), (.58, .52, .44), 5)
    for k, x in enumerate(np.arange(LEFT - 6, RIGHT + 6, 9.0)):
        block = houses.front(f"end{k}", (0, 0), 9.0, 1, rng, end, storeys=3)
        block.rotation_euler = (0, 0, -math.pi / 2)
        block.location = (x, until + 14, 0)


def roadway(crossing=None, begin=-12, until=80):
    """Asphalt, markings, kerbs and slabs; `crossing` is the y where a zebra begins."""
    asphalt = ground.mixed("asphalt", (.045, .046, .048), (.085, .085, .086), 160, rough=.85, bump=.35, distance=.006)
    sheet("road", (KERB, begin), (FAR_KERB, until), 0, asphalt)
    slabs = ground.slabs("slabs", (.30, .29, .275), (.36, .35, .33), (.12, .115, .11), .6, .4)
    granite = ground.mixed("granite", (.26, .26, .26), (.40, .40, .39), 60, bump=.2)
    sheet("left walk", (LEFT - 1, begin), (KERB - .15, until), .13, slabs)
    sheet("right walk", (FAR_KERB + .15, begin), (RIGHT + 1, until), .13, slabs)
    edge = Pile("kerbs")
    for a, b in ((KERB - .15, KERB), (FAR_KERB, FAR_KERB + .15)):
        for y in np.arange(begin, until, 1.0):
            edge.box((a, y + .004, -.1), (b, y + .996, .135), granite)
    white = ground.mixed("marking", (.42, .42, .41), (.62, .62, .60), 30, bump=.2)
    for y in np.arange(begin, until, 6.0):
        if crossing is None or not crossing - 3.5 < y < crossing + 5:
            edge.face([(5.24, y, .006), (5.36, y, .006), (5.36, y + 3, .006), (5.24, y + 3, .006)], white)
    if crossing is not None:
        for x in np.arange(KERB + .35, FAR_KERB - .4, 1.0):
            edge.face([(x, crossing, .006), (x + .5, crossing, .006), (x + .5, crossing + 3.4, .006), (x, crossing + 3.4, .006)], white)
    edge.build()
    far = ground.mixed("far", (.10, .10, .10), (.16, .16, .15), 3)
    sheet("beyond", (-150, -150), (150, 250), -.12, far)


def furniture(trees, lamps=(), bollards=(), seed=9):
    """Trees at (x, y, height), lamps and bollards at (x, y)."""
    rng = np.random.default_rng(seed)
    for k, (x, y, height) in enumerate(trees):
        tree.make(f"tree{k}", (x, y), height, rng, colour=((.075, .13, .03), (.06, .115, .035), (.10, .13, .03))[k % 3])
    iron = materials.plain("iron", (.02, .024, .022), .4, .7)
    pile = Pile("iron")
    for x, y in lamps:
        pile.tube((x, y, 0), (x, y, 5.4), .065, .045, iron, 14)
        pile.tube((x, y, 0), (x, y, .9), .10, .085, iron, 14)
        pile.tube((x, y, 5.4), (x, y, 5.5), .06, .22, iron, 14)
        pile.tube((x, y, 5.5), (x, y, 6.0), .16, .20, materials.plain("lampglass", (.8, .78, .7), .2), 14)
        pile.tube((x, y, 6.0), (x, y, 6.15), .24, .03, iron, 14)
    for x, y in bollards:
        pile.tube((x, y, .1), (x, y, .95), .055, .05, iron, 14)
        pile.tube((x, y, .95), (x, y, 1.05), .065, .03, iron, 14)
    pile.build(smooth=False)


def camera(scene, where, look, lens=32, focus=None, fstop=4.0):
    """A camera at `where` that looks at `look`; `focus` metres away things are sharp."""
    from mathutils import Vector
    data = bpy.data.cameras.new("camera")
    obj = bpy.data.objects.new("camera", data)
    bpy.context.collection.objects.link(obj)
    scene.camera = obj
    obj.location = where
    obj.rotation_euler = (Vector(look) - Vector(where)).to_track_quat("-Z", "Y").to_euler()
    data.lens, data.sensor_width = lens, 36
    if focus:
        data.dof.use_dof, data.dof.focus_distance, data.dof.aperture_fstop = True, focus, fstop
    return obj
