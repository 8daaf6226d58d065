"""Textures of faces that look alike at first sight, each group with its own mean and components.

Within a group nobody's beard ends on a face that has none. Each face is counted as it is and mirrored: components are
then even or odd, and the odd ones (light from the side, a lifted brow) are drawn less.
"""
import numpy as np

import components as co
import conditions as cond
import mesh_shape as ms

HALF = ms.SIDE // 2
# Components for groups: the larger group has more to say.
COMPONENTS = {"women": 56, "men": 72}
# How much of the odd components is drawn.
ODD = 0.5


def mirrored(rows):
    y = rows[:, : ms.SIDE**2].reshape(-1, ms.SIDE, ms.SIDE)[:, :, ::-1]
    colours = rows[:, ms.SIDE**2 :].reshape(-1, 2, HALF, HALF)[..., ::-1]
    return np.hstack([y.reshape(len(rows), -1), colours.reshape(len(rows), -1)])


def group_of(rows, conditions, count):
    """Mean, components, and how their weights follow from the conditions; the part of the variance that they explain."""
    both = np.vstack([rows, mirrored(rows)])
    middle, parts, explained = co.principal(both, count)
    odd = (parts * mirrored(parts)).sum(1) / (parts**2).sum(1) < 0
    mean, weights, left = cond.follows(np.vstack([conditions, conditions]), co.weights_of(both, middle, parts))
    weights[odd] = 0
    return {"middle": middle, "parts": parts, "explained": explained, "mean": mean, "weights": weights,
            "left": np.where(odd, left * ODD, left)}
