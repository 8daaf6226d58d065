"""What the network should answer for a crop, and how wrong an answer is.

Dense maps are at stride 4 (cells). The heat map is a Gaussian in the plate's own axes, .18 of its width
and height wide (CenterNet, arXiv 1904.07850, with the spread following the object as in TTFNet).
"""
import numpy as np
import torch
from torch.nn import functional as F

from net import OFFSET_SCALE, STRIDE

SPREAD = 0.18
LEAST_SPREAD = 0.75  # cells
REGRESS_ABOVE = 0.55
SLACK, BOX_WEIGHT = 0.18, 0.2
ROWS = 13  # heat, heat weight, corner weight, box only, norm, 8 corners


def dense_targets(targets, unknown, size):
    """float32 [ROWS, size/4, size/4]; unknown: rectangles in crop pixels that count neither way."""
    n = size // STRIDE
    maps = np.zeros((ROWS, n, n), np.float32)
    heat, heat_weight, weight, box_only, norm = maps[:5]
    heat_weight[...] = 1
    norm[...] = 1
    for x1, y1, x2, y2 in unknown:
        heat_weight[max(0, int(y1 // STRIDE)):int(y2 // STRIDE) + 1, max(0, int(x1 // STRIDE)):int(x2 // STRIDE) + 1] = 0
    ys, xs = np.mgrid[:n, :n] + 0.5
    for target in targets:
        quad = target.quad / STRIDE
        centre = quad.mean(0)
        across = (quad[1] + quad[2] - quad[0] - quad[3]) / 2
        down = (quad[2] + quad[3] - quad[0] - quad[1]) / 2
        w, h = max(np.linalg.norm(across), 0.5), max(np.linalg.norm(down), 0.5)
        along = np.stack((across / w, down / h), 1)
        if abs(np.linalg.det(along)) < 0.2:
            continue
        local = np.stack((xs - centre[0], ys - centre[1]), -1) @ np.linalg.inv(along).T
        sx, sy = max(SPREAD * w, LEAST_SPREAD), max(SPREAD * h, LEAST_SPREAD)
        spot = np.exp(-((local[..., 0] / sx) ** 2 + (local[..., 1] / sy) ** 2) / 2).astype(np.float32)
        cx, cy = int(centre[0]), int(centre[1])
        if not (0 <= cx < n and 0 <= cy < n):
            heat_weight[spot > 0.05] = 0
            continue
        own = (spot > REGRESS_ABOVE) & (spot > heat)
        own[cy, cx] = True
        np.maximum(heat, spot, out=heat)
        heat[cy, cx] = 1
        heat_weight[spot > 0.3] = 1
        share = np.where(own, np.maximum(spot, 0.5), 0)
        weight[own] = (share / share.sum())[own]
        box_only[own] = float(target.box_only)
        norm[own] = np.sqrt(w * h) * STRIDE
        maps[5:, own] = target.quad.reshape(8, 1)
    return maps


def heat_loss(logits, heat, weight):
    """Focal loss of CenterNet (alpha 2, beta 4), summed and divided by the number of plates."""
    p = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    centre = (heat == 1).float()
    found = -torch.log(p) * (1 - p) ** 2 * centre
    false = -torch.log(1 - p) * p ** 2 * (1 - heat) ** 4 * (1 - centre)
    return ((found + false) * weight).sum() / centre.sum().clamp(min=1)


def corner_loss(offsets, maps, angles):
    """L1 of the corners in units of sqrt(width x height).

    offsets [N,8,h,w] as the network gives them; angles [N] radians by which the crop was turned. Where only a
    box is known, the answer is turned back and its bounding rectangle compared, with little weight: people draw
    boxes looser than the plate, by about SLACK of its height, and a box says nothing about the slant.
    """
    weight, box_only, norm, truth = maps[:, 2], maps[:, 3], maps[:, 4], maps[:, 5:]
    which, row, column = torch.nonzero(weight > 0, as_tuple=True)
    if which.numel() == 0:
        return offsets.sum() * 0
    centre = torch.stack((column, row), 1).float() * STRIDE + STRIDE / 2
    answer = offsets[which, :, row, column].view(-1, 4, 2) * OFFSET_SCALE + centre[:, None]
    goal = truth[which, :, row, column].view(-1, 4, 2)
    by_corner = F.smooth_l1_loss(answer, goal, reduction='none', beta=0.5).mean((1, 2))
    by_box = box_error(answer, goal, angles[which])
    boxed = box_only[which, row, column]
    loss = torch.where(boxed > 0, BOX_WEIGHT * by_box, by_corner)
    share = weight[which, row, column]
    return (loss * share / norm[which, row, column]).sum() / share.sum().clamp(min=1)


def box_error(answer, goal, angles):
    """Mean error in pixels [M] of the bounding rectangle of quads [M,4,2], both turned back by the angles [M].

    An answer inside the goal is not held against it up to SLACK of the goal's height.
    """
    c, s = torch.cos(-angles), torch.sin(-angles)
    back = torch.stack((torch.stack((c, s), -1), torch.stack((-s, c), -1)), -2)  # row vectors times this turn back
    a, g = answer @ back, goal @ back
    tall = (g.amax(1) - g.amin(1))[:, 1:]
    off = torch.stack((a.amin(1) - g.amin(1), g.amax(1) - a.amax(1)), 1)  # above 0: inside the box
    return (F.relu(off - SLACK * tall[:, None]) + F.relu(-off)).mean((1, 2))
