"""Promises: the invented persons (shape, skin, hair, clothes) and how they stand or walk, by name."""
import numpy as np

from figure import rotation

LOOKS = {
    "ana": dict(gender="female", age="young", origin="caucasian", skin="young_lightskinned_female_diffuse2", hair="chestnut", style="long",
                eyes="green", seed=3, targets=(("expression/units/caucasian/mouth-corner-puller", 0.35), ("nose/nose-width1-decr", 0.3)),
                clothes=[dict(kind="jumper", colour=(0.30, 0.04, 0.05), straight=0.15), dict(kind="jeans", colour=(0.03, 0.05, 0.12)),
                         dict(kind="shoes", colour=(0.5, 0.5, 0.48), folds=0)]),
    "bo": dict(gender="male", age="young", origin="african", skin="young_darkskinned_male", hair="black", style="curls", eyes="dark", seed=5,
               clothes=[dict(kind="jacket", colour=(0.04, 0.10, 0.16), loose=0.014), dict(kind="trousers", colour=(0.12, 0.10, 0.08)),
                        dict(kind="shoes", colour=(0.02, 0.02, 0.02), folds=0)]),
    "carl": dict(gender="male", age="young", origin="caucasian", skin="middleage_lightskinned_male_diffuse2", hair="brown", style="side", eyes="blue", seed=8,
                 clothes=[dict(kind="jacket", colour=(0.10, 0.13, 0.07), loose=0.014), dict(kind="jeans", colour=(0.04, 0.06, 0.12)),
                          dict(kind="shoes", colour=(0.08, 0.04, 0.02), folds=0)]),
    "dora": dict(gender="female", age="old", origin="caucasian", skin="middleage_lightskinned_female_diffuse2", hair="grey", style="bob", eyes="blue", seed=11,
                 targets=(("expression/units/caucasian/mouth-corner-puller", 0.3),),
                 clothes=[dict(kind="jacket", colour=(0.06, 0.05, 0.12), straight=0.3, open=(.6,.58,.5)), dict(kind="trousers", colour=(0.03, 0.03, 0.035)), dict(kind="shoes", colour=(0.02, 0.02, 0.02), folds=0)]),
    "emil": dict(gender="male", age="old", origin="asian", skin="middleage_lightskinned_male_diffuse", hair="black", style="short", eyes="dark", seed=13,
                 clothes=[dict(kind="shirt", colour=(0.5, 0.52, 0.55), checks=(0.08, 0.12, 0.3)), dict(kind="trousers", colour=(0.10, 0.09, 0.07)), dict(kind="shoes", colour=(0.05, 0.03, 0.02), folds=0)]),
    "gina": dict(gender="female", age="young", origin="african", skin="young_darkskinned_male", hair="black", style="bob", eyes="dark", seed=21, skin_gain=(1.35, 1.3, 1.25),
                 clothes=[dict(kind="jumper", colour=(0.55, 0.36, 0.03), straight=0.2), dict(kind="jeans", colour=(0.02, 0.03, 0.07)), dict(kind="shoes", colour=(0.5, 0.5, 0.5), folds=0)]),
    "hugo": dict(gender="male", age="young", origin="caucasian", skin="young_lightskinned_male_diffuse3", hair="blond", style="short", eyes="blue", seed=22,
                 targets=(("expression/units/caucasian/mouth-corner-puller", 0.25),),
                 clothes=[dict(kind="jacket", colour=(0.22, 0.05, 0.03), open=(.6, .6, .58)), dict(kind="jeans", colour=(0.05, 0.08, 0.15)), dict(kind="shoes", colour=(0.4, 0.4, 0.4), folds=0)]),
    "iris": dict(gender="female", age="young", origin="asian", skin="young_lightskinned_female_diffuse3", hair="black", style="long", eyes="dark", seed=23,
                 targets=(("expression/units/asian/mouth-corner-puller", 0.25),),
                 clothes=[dict(kind="jacket", colour=(0.03, 0.16, 0.13), straight=0.3), dict(kind="trousers", colour=(0.35, 0.32, 0.27)), dict(kind="shoes", colour=(0.02, 0.02, 0.02), folds=0)]),
    "kim": dict(gender="female", age="young", origin="asian", skin="young_lightskinned_female_diffuse3", hair="dark", style="bob", eyes="brown", seed=31,
                targets=(("expression/units/asian/mouth-corner-puller", 0.5),),
                clothes=[dict(kind="jumper", colour=(0.45, 0.43, 0.40), stripes=(0.03, 0.05, 0.12), straight=0.2), dict(kind="trousers", colour=(0.03, 0.03, 0.035)), dict(kind="shoes", colour=(0.02, 0.02, 0.02), folds=0)]),
    "lea": dict(gender="female", age="old", origin="african", skin="old_darkskinned_male", hair="grey", style="curls", eyes="dark", seed=32, skin_gain=(1.15, 1.12, 1.1),
                targets=(("expression/units/african/mouth-corner-puller", 0.5),),
                clothes=[dict(kind="jacket", colour=(0.30, 0.08, 0.16), open=(.62, .58, .5), straight=0.3), dict(kind="trousers", colour=(0.06, 0.05, 0.05)), dict(kind="shoes", colour=(0.02, 0.02, 0.02), folds=0)]),
    "mo": dict(gender="male", age="young", origin="caucasian", skin="young_lightskinned_male_diffuse2", hair="dark", style="side", eyes="brown", seed=33, skin_gain=(.86, .82, .78),
               targets=(("expression/units/caucasian/mouth-corner-puller", 0.4),),
               clothes=[dict(kind="shirt", colour=(0.42, 0.16, 0.05), checks=(0.10, 0.03, 0.02)), dict(kind="jeans", colour=(0.03, 0.05, 0.11)), dict(kind="shoes", colour=(0.35, 0.33, 0.3), folds=0)]),
    "jan": dict(gender="male", age="old", origin="caucasian", skin="middleage_lightskinned_male_diffuse2", hair="grey", style="crop", eyes="green", seed=24, brows="grey",
                clothes=[dict(kind="jacket", colour=(0.12, 0.12, 0.13), open=(.10, .16, .30)), dict(kind="trousers", colour=(0.05, 0.05, 0.06)), dict(kind="shoes", colour=(0.03, 0.02, 0.02), folds=0)]),
}


UPPER, LOWER, FINGERS, THUMB = (.66, .01, -.75), (.133, -.188, -.126), (.05, -.087, -.053), (-.021, -.073, -.015)  # left arm in rest pose


def unit(v):
    return np.asarray(v, float) / np.linalg.norm(v)


def about(axis, angle):
    """A turn about any axis, angle in radians."""
    x, y, z = unit(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def align(start, end):
    """The smallest turn that brings one direction onto another."""
    a, b = unit(start), unit(end)
    axis = np.cross(a, b)
    return about(axis, np.arctan2(np.linalg.norm(axis), a @ b)) if np.linalg.norm(axis) > 1e-6 else np.eye(3)


def arm(turns, side, swing=0.0, bend=14.0, out=6.0):
    """One arm: `swing` degrees to the front, the elbow bent, the palm to the thigh, fingers a little curled."""
    sign = 1 if side == "l" else -1
    flip = np.array([sign, 1, 1])
    s, b, o = np.radians([swing, swing + bend, out])
    upper = np.array([np.sin(o) * sign, -np.sin(s), -np.cos(s)])
    lower = np.array([np.sin(o) * sign * .3, -np.sin(b), -np.cos(b)])
    first = align(UPPER * flip, upper)
    second = align(first @ (LOWER * flip), lower) @ first
    thumb = second @ (THUMB * flip)
    axis = unit(lower)
    front = np.array([-.35 * sign, -1, 0])
    flat = [v - axis * (v @ axis) for v in (thumb, front)]
    angle = np.arctan2(axis @ np.cross(flat[0], flat[1]), flat[0] @ flat[1])
    second = about(axis, angle * .5) @ second
    third = about(axis, angle * .5) @ align(second @ (FINGERS * flip), lower) @ second
    turns[f"upperarm_{side}"] = first
    turns[f"lowerarm_{side}"] = first.T @ second
    turns[f"hand_{side}"] = second.T @ third
    palm = np.cross(FINGERS * flip, THUMB * flip) * sign
    hinge = np.cross(unit(FINGERS * flip), unit(palm))
    for finger in ("index", "middle", "ring", "pinky"):
        for joint, amount in (("01", 14), ("02", 18)):
            turns[f"{finger}_{joint}_{side}"] = about(hinge, -np.radians(amount) * 1)
    return turns


def stand(yaw=0, pitch=0, roll=0, lean=0, legs=4.5):
    """Arms hanging, feet close; the head turned by yaw, pitch, roll degrees, a third of it in the neck."""
    turns = {"thigh_l": rotation(y=legs), "thigh_r": rotation(y=-legs), "foot_l": rotation(y=-legs), "foot_r": rotation(y=legs),
             "neck_01": rotation(pitch / 3, roll / 3, yaw / 3), "head": rotation(pitch / 1.5, roll / 1.5, yaw / 1.5)}
    for side in "lr":
        arm(turns, side)
    if lean:
        turns["spine_01"] = rotation(x=lean)
    return turns


def walk(phase, yaw=0, pitch=0, roll=0, swing=1.0):
    """One moment of walking: `phase` 0..1 over a full cycle of two steps; 0 has the left foot in front."""
    from math import cos, pi, sin
    turn = 2 * pi * phase
    turns = stand(yaw=yaw, pitch=pitch, roll=roll)
    for side, shift, sign in (("l", 0.0, 1), ("r", pi, -1)):
        t = turn + shift
        swinging = max(0.0, -sin(t))  # from behind (t = pi) to the front (2 pi)
        thigh = -(22 * cos(t) + 5) * swing - 10 * swinging
        knee = (7 + 46 * swinging ** 1.5 + 7 * max(0.0, sin(t))) * swing
        turns[f"thigh_{side}"] = rotation(x=thigh, y=4.0 * sign)
        turns[f"calf_{side}"] = rotation(x=knee)
        turns[f"foot_{side}"] = rotation(x=-10 * max(0.0, cos(t)) + 14 * max(0.0, -cos(t)) * max(0.0, 1 - swinging) - 4 * swinging, y=-4 * sign)
        arm(turns, side, swing=-19 * cos(t) * swing + 3, bend=16 + 10 * max(0.0, -cos(t)))
    turns["spine_02"] = rotation(z=5 * cos(turn) * swing, x=2)
    turns["pelvis"] = rotation(z=-4 * cos(turn) * swing)
    return turns
