"""What a drawn face takes over from the face it replaces: its mood, and of its looks as much as makes it believable.

A condition is one number a face, in deviations from the mean. Looks are told from its brightness at 32 x 32, mood from
its mesh. Coordinates among the components follow from the conditions (ridge regression); the rest is left to chance.
"""
import os

import cv2
import numpy as np

import mesh_shape as ms

# Distances between points (of an upright mesh, outline 1 wide) that tell a mood.
MOODS = {
    "mouthOpen": [(13, 14)],
    "mouthWide": [(61, 291)],
    "eyesOpen": [(159, 145), (386, 374)],
    "browsUp": [(105, 159), (334, 386)],
}
OUTER_LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
BROWS = [[70, 63, 105, 66, 107, 55, 65, 52, 53, 46], [300, 293, 334, 296, 336, 285, 295, 282, 283, 276]]
CHEEKS = [[50, 101, 36, 206, 187, 123], [280, 330, 266, 426, 411, 352]]
# Where age draws its lines: forehead, temples, beside the nose.
LINED = [
    [109, 108, 151, 337, 338, 297, 332, 334, 105, 103, 67],
    [226, 111, 117, 123, 116, 143], [446, 340, 346, 352, 345, 372],
    [101, 36, 206, 216, 207, 187], [330, 266, 426, 436, 427, 411],
]
SEEN_SIDE = 32
RIDGE = 4.0
# Part of the mean square of the inputs: looks are told from a thousand numbers of a few hundred faces.
LOOKS_RIDGE = 0.3


def area(flat, polygons, side):
    mask = np.zeros((ms.SIDE, ms.SIDE), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.int32(np.round(flat[polygon]))], 1)
    return cv2.resize(mask, (side, side), interpolation=cv2.INTER_NEAREST) > 0


def looks_of(rows, flat, is_woman):
    """One row a face: apparent sex, how lined, how light the brows, how red the lips; deviations."""
    half = ms.SIDE // 2
    y = rows[:, : ms.SIDE**2].reshape(-1, ms.SIDE, ms.SIDE)
    cr = rows[:, ms.SIDE**2 + half**2 :].reshape(-1, half, half)
    lined = area(flat, LINED, ms.SIDE)
    lips, cheeks = area(flat, [OUTER_LIPS], half), area(flat, CHEEKS, half)
    looks = [
        is_woman.astype(np.float32),
        np.array([np.abs(one - cv2.GaussianBlur(one, (0, 0), 1.5))[lined].mean() for one in y]),
        y[:, area(flat, BROWS, ms.SIDE)].mean(1),
        cr[:, lips].mean(1) - cr[:, cheeks].mean(1),
    ]
    return np.stack([(v - v.mean()) / v.std() for v in looks], 1)


def labelled(names, file):
    """True for the faces whose names are in a list."""
    listed = set(open(file).read().split())
    return np.array([os.path.splitext(str(name))[0] in listed for name in names])


def seen(rows):
    """Brightness at 32 x 32."""
    by = ms.SIDE // SEEN_SIDE
    return rows[:, : ms.SIDE**2].reshape(-1, SEEN_SIDE, by, SEEN_SIDE, by).mean((2, 4)).reshape(len(rows), -1)


def told_looks(small, looks):
    """Weights (looks x 1024) that tell the looks from brightness without its mean, and what they tell; of deviation 1."""
    centred = small - small.mean(0)
    gram = centred @ centred.T
    gram[np.diag_indices(len(gram))] += LOOKS_RIDGE * np.trace(gram) / len(gram)
    weights = (centred.T @ np.linalg.solve(gram, looks)).T
    told = centred @ weights.T
    return weights / told.std(0)[:, None], told / told.std(0)


def moods_of(shapes):
    """Distances of each mood, of aligned shapes."""
    apart = lambda a, b: np.linalg.norm(shapes[:, a] - shapes[:, b], axis=1)
    return np.stack([np.mean([apart(a, b) for a, b in pairs], 0) for pairs in MOODS.values()], 1)


def ridge(inputs, outputs):
    """Weights (inputs x outputs) of centred values."""
    return np.linalg.solve(inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1]), inputs.T @ outputs)


def without_mood(shapes, moods):
    """Shapes (rows) without the directions along which mood moves them: what an identity adds never touches them."""
    z = (moods - moods.mean(0)) / moods.std(0)
    centred = shapes - shapes.mean(0)
    directions, _ = np.linalg.qr(ridge(z, centred).T)
    return shapes.mean(0) + centred - centred @ directions @ directions.T


def follows(conditions, coordinates):
    """How coordinates follow from conditions: their mean, weights (components x conditions), deviations that are left."""
    mean = conditions.mean(0)
    weights = ridge(conditions - mean, coordinates)
    return mean, weights.T, (coordinates - (conditions - mean) @ weights).std(0)
