"""Promises: an invented car as Blender objects with paint, glass, lamps, wheels and number plates, parented to one empty."""
import bpy
import numpy as np
from PIL import Image, ImageDraw

import car_form
import materials
import plate
from shapes import Pile, grid_object

SCALE = 320  # texture pixels a metre
ATLAS = (5.2, 2.0 * 3)  # metres across and up: side, front, rear bands of two metres each


def paint_map(form, colour):
    """The drawn skin: three bands (side, front, rear), as colour and as a map of coat (red) and roughness (green)."""
    from cloth_pattern import srgb
    body = srgb(colour)
    w, h = int(ATLAS[0] * SCALE), int(ATLAS[1] * SCALE)
    skin, gloss = Image.new("RGB", (w, h), body), Image.new("RGB", (w, h), (255, 90, 0))
    pens = [ImageDraw.Draw(skin), ImageDraw.Draw(gloss)]
    dark = tuple(int(c * .22) for c in body)
    glass, black, trim = (9, 11, 13), (14, 14, 15), (22, 22, 23)

    def at(band, u, v):
        return ((u + ATLAS[0] / 2) * SCALE, h - (v + band * 2) * SCALE)

    def area(band, points, fill, shine=(255, 60, 0)):
        pens[0].polygon([at(band, *p) for p in points], fill=fill)
        pens[1].polygon([at(band, *p) for p in points], fill=shine)

    def line(band, points, fill=dark, thick=.010):
        pens[0].line([at(band, *p) for p in points], fill=fill, width=max(2, int(thick * SCALE)), joint="curve")

    matt = (20, 150, 0)
    nose, tail = form.ends
    # side
    area(0, [(nose - .1, 0), (tail + .1, 0), (tail + .1, .30), (nose - .1, .28)], trim, matt)
    y = np.linspace(*form.glass, 80)
    belt = np.interp(y, [-1.0, 1.6], form.belt) + .035
    roof = form.height(y) - .095
    keep = roof > belt + .015
    y, belt, roof = y[keep], belt[keep], roof[keep]
    area(0, list(zip(y - .0, roof + .018)) + list(zip(y[::-1], belt[::-1] - .018)), black)
    area(0, list(zip(y[2:-2], roof[2:-2])) + list(zip(y[2:-2][::-1], belt[2:-2][::-1])), glass, (255, 10, 0))
    for u in (-.25, .95):  # hints of the seats behind the glass
        area(0, [(u + .30, 0.9), (u + .42, .9), (u + .50, 1.22), (u + .44, 1.26), (u + .36, 1.22)], (20, 21, 23), (255, 10, 0))
        area(0, list(zip(y[2:-2], belt[2:-2])) + list(zip(y[2:-2][::-1], belt[2:-2][::-1] - .03)), black)
    for u in form.pillars:
        area(0, [(u - .045, form.belt[0]), (u + .035, form.belt[0]), (u + .02, 1.9), (u - .06, 1.9)], black) if u == form.pillars[0] else line(0, [(u, form.belt[0]), (u - .04, 1.3)], black, .03)
    for u in (form.glass[0] + .12, form.pillars[0], form.pillars[1] + .02):
        line(0, [(u, .33), (u, form.belt[0] + .02)])
    line(0, [(form.glass[0] + .12, .33), (form.pillars[1] + .02, .33)])
    line(0, [(nose + .4, .62), (tail - .3, .68)], tuple(int(c * .72) for c in body), .012)
    for u in (form.pillars[0] - .22, form.pillars[1] - .20):
        area(0, [(u, .80), (u + .17, .81), (u + .17, .835), (u, .825)], tuple(int(min(255, c * 1.1)) for c in dark))
    pens[0].polygon([at(0, *p) for p in [(nose - .1, .60), (nose + .33, .70), (nose + .30, .76), (nose - .1, .72)]], fill=(205, 210, 215))
    pens[0].polygon([at(0, *p) for p in [(tail + .1, .78), (tail - .26, .84), (tail - .22, .95), (tail + .1, .97)]], fill=(120, 8, 10))
    # front
    low, high = form.front_glass
    wide = form.half
    area(1, [(-wide + .10, low), (wide - .10, low), (wide - .24, high), (-wide + .24, high)], glass, (255, 10, 0))
    for side in (-1, 1):
        line(1, [(side * (wide - .09), low), (side * (wide - .235), high)], body, .04)
        line(1, [(side * .05, low + .015), (side * .62, low + .06)], black, .014)
        lamp = [(side * .40, .645), (side * .80, .665), (side * .86, .745), (side * .60, .735)]
        area(1, lamp, (40, 42, 45), (255, 20, 0))
        for u, r in ((.54, .036), (.66, .042), (.765, .034)):
            cx, cy = at(1, side * u, .695)
            for pen, scale, tone in ((pens[0], 1, (235, 238, 240)), (pens[0], .55, (190, 200, 210))):
                pen.ellipse([cx - r * SCALE * scale, cy - r * SCALE * scale, cx + r * SCALE * scale, cy + r * SCALE * scale], fill=tone)
        area(1, [(side * .50, .30), (side * .74, .30), (side * .78, .40), (side * .54, .40)], black, matt)
        cx, cy = at(1, side * .66, .35)
        pens[0].ellipse([cx - 12, cy - 12, cx + 12, cy + 12], fill=(215, 218, 220))
    area(1, [(-.36, .565), (.36, .565), (.40, .685), (-.40, .685)], black, matt)
    for v in np.arange(.58, .68, .02):
        line(1, [(-.37, v), (.37, v)], (58, 60, 62), .005)
    cx, cy = at(1, 0, .64)
    pens[0].ellipse([cx - 15, cy - 15, cx + 15, cy + 15], fill=(190, 192, 195))
    area(1, [(-.46, .25), (.46, .25), (.40, .38), (-.40, .38)], black, matt)
    area(1, [(-2, 0), (2, 0), (2, .24), (-2, .24)], trim, matt)
    line(1, [(-.9, .545), (-.42, .545)], dark, .006), line(1, [(.9, .545), (.42, .545)], dark, .006)
    # rear
    low, high = form.rear_glass
    area(2, [(-wide + .14, low), (wide - .14, low), (wide - .27, high), (-wide + .27, high)], glass, (255, 10, 0))
    line(2, [(-.1, low + .015), (.35, low + .05)], black, .014)
    for side in (-1, 1):
        area(2, [(side * .52, .80), (side * .90, .76), (side * .90, .96), (side * .56, .93)], (130, 6, 8), (255, 20, 0))
        area(2, [(side * .60, .83), (side * .72, .82), (side * .72, .87), (side * .60, .875)], (205, 190, 185), (255, 20, 0))
        line(2, [(side * .74, .60), (side * .68, 1.0)], dark, .008)
        area(2, [(side * .58, .37), (side * .76, .37), (side * .76, .41), (side * .58, .41)], (130, 6, 8))
    line(2, [(-.74, .575), (.74, .575)], dark, .009)
    area(2, [(-.34, .66), (.34, .66), (.34, .83), (-.34, .83)], tuple(int(c * .45) for c in body), (120, 120, 0))
    area(2, [(-2, 0), (2, 0), (2, .33), (-2, .33)], trim, matt)
    return np.asarray(skin), np.asarray(gloss)


def coords(corners):
    """Texture coordinates for faces (n, 4, 3): the band by where the face looks."""
    cross = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    way = cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-9)
    side = np.abs(way[:, 0]) > .62
    front = ~side & (way[:, 1] < -.22)
    rear = ~side & (way[:, 1] > .22)
    u = np.where(side[:, None], corners[..., 1], corners[..., 0])
    v = corners[..., 2] + np.where(front, 2, np.where(rear, 4, 0))[:, None]
    flat = ~(side | front | rear)
    u = np.where(flat[:, None], 0.0, u)
    v = np.where(flat[:, None], 1.85 + 0 * v, v)
    return np.stack([(u + ATLAS[0] / 2) / ATLAS[0], v / ATLAS[1]], -1)


def skin_material(name, form, colour):
    skin, gloss = paint_map(form, colour)
    material, nodes, links, surface = materials.nodes_of(f"car.{name}")
    image = nodes.new("ShaderNodeTexImage")
    image.image = materials.picture(f"car.{name}", skin)
    second = nodes.new("ShaderNodeTexImage")
    second.image = materials.picture(f"car.{name}.gloss", gloss)
    second.image.colorspace_settings.name = "Non-Color"
    split = nodes.new("ShaderNodeSeparateColor")
    links.new(image.outputs["Color"], surface.inputs["Base Color"])
    links.new(second.outputs["Color"], split.inputs[0])
    links.new(split.outputs["Red"], surface.inputs["Coat Weight"])
    links.new(split.outputs["Green"], surface.inputs["Roughness"])
    surface.inputs["Coat Roughness"].default_value = 0.03
    surface.inputs["Metallic"].default_value = 0.15
    return material


def wheel(pile, x, y, radius, side):
    """A tyre and a rim with ten spokes at the car's side; x is the outer face."""
    tyre, rim, hole = materials.plain("tyre", (.012, .012, .013), .8), materials.plain("rim", (.55, .56, .58), .3, .8), materials.plain("hole", (.01, .01, .01), .9)
    inner = x - side * .2
    pile.tube((inner, y, radius), (x - side * .02, y, radius), radius, radius, tyre, 40, cap=False)
    pile.tube((x - side * .02, y, radius), (x, y, radius), radius, radius * .94, tyre, 40, cap=False)
    pile.tube((x, y, radius), (x - side * .012, y, radius), radius * .94, radius * .68, tyre, 40, cap=False)
    pile.tube((x - side * .012, y, radius), (x - side * .004, y, radius), radius * .68, radius * .62, rim, 40, cap=False)
    pile.tube((x - side * .09, y, radius), (x - side * .085, y, radius), radius * .66, radius * .66, hole, 40)
    for k in range(5):
        turn = 2 * np.pi * k / 5
        for shift in (-.10, .10):
            a, b = turn + shift * 1.6, turn + shift
            start = (x - side * .02, y + .04 * np.cos(a), radius + .04 * np.sin(a))
            end = (x - side * .02, y + radius * .65 * np.cos(b), radius + radius * .65 * np.sin(b))
            pile.tube(start, end, .022, .017, rim, 6)
    pile.tube((x - side * .05, y, radius), (x - side * .005, y, radius), .065, .055, rim, 16)


def make(name, form, colour, text, style="white"):
    """The car at the origin on z = 0, nose to -y. Returns (empty, {'front': corners, 'rear': corners}) in car space."""
    root = bpy.data.objects.new(name, None)
    bpy.context.collection.objects.link(root)
    body = grid_object(f"{name}.body", car_form.loft(form), None, [skin_material(name, form, colour)], coords)
    black = materials.plain("arch", (.01, .01, .01), .9)
    for y in form.wheels:
        for side in (-1, 1):
            bpy.ops.mesh.primitive_cylinder_add(vertices=48, radius=form.wheel + .055, depth=.8, location=(side * .95, y, form.wheel + .01), rotation=(0, np.pi / 2, 0))
            tool = bpy.context.object
            tool.data.materials.append(black)
            tool.hide_render = True
            gap = body.modifiers.new("arch", "BOOLEAN")
            gap.operation, gap.object, gap.solver = "DIFFERENCE", tool, "EXACT"
            gap.material_mode = "TRANSFER"
            tool.parent = root
    parts = Pile(f"{name}.parts")
    for y in form.wheels:
        for side in (-1, 1):
            wheel(parts, side * (form.half - .015), y, form.wheel, side)
    nose, tail = form.ends
    shiny = materials.plain(f"{name}.mirror", colour, .3, 0, 1)
    mirror_y, mirror_z = form.glass[0] + .28, form.belt[0] + .08
    for side in (-1, 1):
        bpy.ops.mesh.primitive_uv_sphere_add(segments=20, ring_count=12, radius=1, location=(side * (form.half + .05), mirror_y, mirror_z), scale=(.10, .05, .06))
        ball = bpy.context.object
        ball.data.shade_smooth()
        ball.data.materials.append(shiny)
        ball.parent = root
    drawn = materials.picture(f"plate.{name}", plate.draw(text, style, len(name)))
    material, nodes, links, surface = materials.nodes_of(f"plate.{name}")
    image = nodes.new("ShaderNodeTexImage")
    image.image = drawn
    links.new(image.outputs["Color"], surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = .45
    corners = {}
    for end, y, z, sign in (("front", nose - .045, .475, -1), ("rear", tail + .045, .745, 1)):
        low, high = z - .055, z + .055
        parts.box((-.275, min(y, y - sign * .05), low - .012), (.275, max(y, y - sign * .05), high + .012), materials.plain("holder", (.012, .012, .012), .5))
        yy = y + sign * .004
        quad = [(sign * .26, yy, low), (-sign * .26, yy, low), (-sign * .26, yy, high), (sign * .26, yy, high)]
        if sign < 0:
            quad = [(-.26, yy, low), (.26, yy, low), (.26, yy, high), (-.26, yy, high)]
        parts.face(quad, material)
        corners[end] = [quad[3], quad[2], quad[1], quad[0]]
    obj = parts.build(smooth=False)
    for part in (body, obj):
        part.parent = root
    return root, corners
