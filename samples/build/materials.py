"""Promises: the surfaces (skin, eyes, hair, cloth, plain) as Blender materials, each made once by name."""
import bpy
import numpy as np
from PIL import Image

import cloth_pattern
import hair
import paths


def nodes_of(name):
    """A new material's node tree with a principled surface: (material, nodes, links, principled)."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    return material, tree.nodes, tree.links, tree.nodes["Principled BSDF"]


def plain(name, colour, rough=0.5, metal=0.0, coat=0.0):
    """One colour (linear RGB)."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, _, _, surface = nodes_of(name)
    surface.inputs["Base Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value = rough
    surface.inputs["Metallic"].default_value = metal
    surface.inputs["Coat Weight"].default_value = coat
    return material


def picture(name, pixels):
    """An image for Blender from an array (height, width, 3 or 4) of 0..255 sRGB values, kept in the work folder."""
    path = paths.work_folder() / f"{name}.png"
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    image = bpy.data.images.load(str(path))
    image.pack()
    return image


STRANDS = {"black": (0.95, 0.3), "brown": (0.78, 0.45), "chestnut": (0.66, 0.75), "blond": (0.32, 0.45), "red": (0.5, 1.0),
           "grey": (0.16, 0.1), "dark": (0.88, 0.4)}
PAINT = {"black": (18, 15, 14), "brown": (52, 36, 26), "chestnut": (72, 44, 28), "blond": (150, 118, 76), "red": (110, 56, 28),
         "grey": (128, 124, 120), "dark": (34, 25, 20)}


def strand(colour):
    """Hair: melanin and redness by the colour's name."""
    name = f"strand.{colour}"
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    shade = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    shade.parametrization = "MELANIN"
    melanin, red = STRANDS[colour]
    shade.inputs["Melanin"].default_value = melanin
    shade.inputs["Melanin Redness"].default_value = red
    shade.inputs["Roughness"].default_value = 0.35
    shade.inputs["Random Color"].default_value = 0.3
    out = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shade.outputs[0], out.inputs[0])
    return material


def skin(name, path, look):
    """Skin with pores and some light under the surface; the scalp, the brows and a shaved beard tinted like the hair."""
    pixels = np.asarray(Image.open(path).convert("RGB"), float)
    from scipy.ndimage import gaussian_filter
    tint = np.array(PAINT[look["hair"]], float)
    places = hair.places()
    if look.get("style") or look.get("shaved"):
        amount = gaussian_filter(places["scalp"].astype(float), 4)[..., None] * (0.85 if look.get("style") else 0.5)
        pixels = pixels * (1 - amount) + tint * amount
    amount = gaussian_filter(places["brow"].astype(float), 1.5)[..., None] * 0.45
    pixels = pixels * (1 - amount) + np.array(PAINT[look.get("brows", look["hair"])]) * amount
    gain = np.array(look.get("skin_gain", (1, 1, 1)))
    pixels = np.clip(pixels * gain, 0, 255)
    material, nodes, links, surface = nodes_of(f"skin.{name}")
    image = nodes.new("ShaderNodeTexImage")
    image.image = picture(f"skin.{name}", pixels)
    links.new(image.outputs["Color"], surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = 0.47
    surface.inputs["Specular IOR Level"].default_value = 0.4
    surface.inputs["Subsurface Weight"].default_value = look.get("subsurface", 0.25)
    surface.inputs["Subsurface Radius"].default_value = (0.010, 0.004, 0.002)
    surface.inputs["Subsurface Scale"].default_value = 0.5
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 900
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = 0.12
    bump.inputs["Distance"].default_value = 0.002
    links.new(noise.outputs[0], bump.inputs["Height"])
    links.new(bump.outputs[0], surface.inputs["Normal"])
    return material


def lashes():
    """Eyelashes: dark, mostly see-through."""
    name = "lashes"
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, _, _, surface = nodes_of(name)
    surface.inputs["Base Color"].default_value = (0.01, 0.008, 0.007, 1)
    surface.inputs["Alpha"].default_value = 0.45
    return material


IRIS = {"brown": (1, 1, 1), "dark": (0.6, 0.6, 0.6), "blue": (0.75, 1.25, 2.2), "green": (0.8, 1.3, 1.1), "hazel": (1.1, 1.05, 0.8)}


def eyes(colour):
    """Eyeballs with a wet coat; the iris of the CC0 picture recoloured."""
    name = f"eyes.{colour}"
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    pixels = np.asarray(Image.open(paths.heads() / "eyes" / "materials" / "brown_eye.png").convert("RGBA"), float).copy()
    spread = pixels[..., :3].max(-1) - pixels[..., :3].min(-1)
    iris = ((spread > 25) & (pixels[..., :3].mean(-1) < 150))[..., None]
    grey = pixels[..., :3].mean(-1, keepdims=True) if colour in ("blue", "green") else pixels[..., :3]
    pixels[..., :3] = np.where(iris, np.clip(grey * IRIS[colour], 0, 255), pixels[..., :3])
    material, nodes, links, surface = nodes_of(name)
    image = nodes.new("ShaderNodeTexImage")
    image.image = picture(name, pixels)
    links.new(image.outputs["Color"], surface.inputs["Base Color"])
    links.new(image.outputs["Alpha"], surface.inputs["Alpha"])
    surface.inputs["Roughness"].default_value = 0.15
    surface.inputs["Coat Weight"].default_value = 1.0
    surface.inputs["Coat Roughness"].default_value = 0.02
    return material


def cloth(name, garment):
    """Woven or knitted cloth with a pattern drawn in the garment's flat layout (see cloth_pattern.py)."""
    material, nodes, links, surface = nodes_of(f"cloth.{name}")
    surface.inputs["Roughness"].default_value = garment.get("rough", 0.85)
    surface.inputs["Sheen Weight"].default_value = garment.get("sheen", 0.05)
    surface.inputs["Specular IOR Level"].default_value = 0.25
    place = nodes.new("ShaderNodeUVMap")
    scale = nodes.new("ShaderNodeVectorMath")
    scale.operation = "MULTIPLY"
    scale.inputs[1].default_value = (1 / cloth_pattern.WIDE, 1 / cloth_pattern.HIGH, 1)
    links.new(place.outputs[0], scale.inputs[0])
    image = nodes.new("ShaderNodeTexImage")
    image.image = picture(f"cloth.{name}", cloth_pattern.draw(garment))
    links.new(scale.outputs[0], image.inputs["Vector"])
    links.new(image.outputs["Color"], surface.inputs["Base Color"])
    weave = nodes.new("ShaderNodeTexNoise")
    weave.inputs["Scale"].default_value = garment.get("weave", 220)
    links.new(place.outputs[0], weave.inputs["Vector"])
    crease = nodes.new("ShaderNodeTexNoise")
    crease.inputs["Scale"].default_value = 9
    crease.inputs["Detail"].default_value = 5
    crease.inputs["Distortion"].default_value = 1.2
    links.new(place.outputs[0], crease.inputs["Vector"])
    last = None
    for height, strength, distance in ((crease.outputs[0], garment.get("creases", 0.6), 0.035), (weave.outputs[0], 0.2, 0.002)):
        bump = nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = strength
        bump.inputs["Distance"].default_value = distance
        links.new(height, bump.inputs["Height"])
        if last:
            links.new(last, bump.inputs["Normal"])
        last = bump.outputs[0]
    links.new(last, surface.inputs["Normal"])
    return material
