"""Promises: the surfaces of a street (asphalt, slabs, plaster, brick, glass, leaves) as Blender materials."""
import bpy

import materials


def mixed(name, one, two, scale, rough=0.9, bump=0.3, distance=0.01, detail=8, position="Object"):
    """Two colours mottled by noise, with relief of the same grain."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, nodes, links, surface = materials.nodes_of(name)
    place = nodes.new("ShaderNodeTexCoord")
    fine = nodes.new("ShaderNodeTexNoise")
    fine.inputs["Scale"].default_value, fine.inputs["Detail"].default_value = scale, detail
    wide = nodes.new("ShaderNodeTexNoise")
    wide.inputs["Scale"].default_value, wide.inputs["Detail"].default_value = 0.6, 6
    for noise in (fine, wide):
        links.new(place.outputs[position], noise.inputs["Vector"])
    both = nodes.new("ShaderNodeMath")
    both.operation = "MULTIPLY_ADD"
    both.inputs[1].default_value = 0.5
    half = nodes.new("ShaderNodeMath")
    half.operation = "MULTIPLY"
    half.inputs[1].default_value = 0.5
    links.new(fine.outputs[0], half.inputs[0])
    links.new(wide.outputs[0], both.inputs[0])
    links.new(half.outputs[0], both.inputs[2])
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.3, 0.7
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*one, 1), (*two, 1)
    links.new(both.outputs[0], ramp.inputs[0])
    links.new(ramp.outputs[0], surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = rough
    relief = nodes.new("ShaderNodeBump")
    relief.inputs["Strength"].default_value, relief.inputs["Distance"].default_value = bump, distance
    links.new(fine.outputs[0], relief.inputs["Height"])
    links.new(relief.outputs[0], surface.inputs["Normal"])
    return material


def slabs(name, one, two, joint, wide, high, rough=0.85):
    """Paving slabs or bricks `wide` x `high` metres; needs texture coordinates in metres."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, nodes, links, surface = materials.nodes_of(name)
    place = nodes.new("ShaderNodeUVMap")
    brick = nodes.new("ShaderNodeTexBrick")
    brick.inputs["Scale"].default_value = 1
    brick.inputs["Brick Width"].default_value, brick.inputs["Row Height"].default_value = wide, high
    brick.inputs["Mortar Size"].default_value = 0.006
    brick.inputs["Color1"].default_value, brick.inputs["Color2"].default_value = (*one, 1), (*two, 1)
    brick.inputs["Mortar"].default_value = (*joint, 1)
    links.new(place.outputs[0], brick.inputs["Vector"])
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 3, 8
    links.new(place.outputs[0], noise.inputs["Vector"])
    mix = nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type = "RGBA", "OVERLAY"
    mix.inputs[0].default_value = 0.6
    links.new(brick.outputs["Color"], mix.inputs[6])
    links.new(noise.outputs[0], mix.inputs[7])
    links.new(mix.outputs[2], surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = rough
    relief = nodes.new("ShaderNodeBump")
    relief.inputs["Strength"].default_value, relief.inputs["Distance"].default_value = 0.4, 0.01
    relief.invert = True
    links.new(brick.outputs["Fac"], relief.inputs["Height"])
    links.new(relief.outputs[0], surface.inputs["Normal"])
    return material


def glass(name, colour, rough=0.03):
    """Window glass that hides the room behind it."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, _, _, surface = materials.nodes_of(name)
    surface.inputs["Base Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value = 0.6
    surface.inputs["Coat Weight"].default_value = 1
    surface.inputs["Coat Roughness"].default_value = rough
    surface.inputs["Coat IOR"].default_value = 1.7
    return material


def leaf(name, colour):
    """Leaves that let some light through."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, nodes, links, surface = materials.nodes_of(name)
    surface.inputs["Roughness"].default_value = 0.6
    surface.inputs["Transmission Weight"].default_value = 0.0
    info = nodes.new("ShaderNodeTexCoord")
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 1.6
    links.new(info.outputs["Object"], noise.inputs["Vector"])
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.3, 0.7
    ramp.color_ramp.elements[0].color = (*[c * 0.6 for c in colour], 1)
    ramp.color_ramp.elements[1].color = (*[c * 1.5 for c in colour], 1)
    links.new(noise.outputs[0], ramp.inputs[0])
    links.new(ramp.outputs[0], surface.inputs["Base Color"])
    through = nodes.new("ShaderNodeBsdfTranslucent")
    links.new(ramp.outputs[0], through.inputs[0])
    add = nodes.new("ShaderNodeMixShader")
    add.inputs[0].default_value = 0.35
    links.new(surface.outputs[0], add.inputs[1])
    links.new(through.outputs[0], add.inputs[2])
    out = next(n for n in nodes if n.type == "OUTPUT_MATERIAL")
    links.new(add.outputs[0], out.inputs[0])
    return material
