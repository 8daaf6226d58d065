"""Mean and principal components of details and shapes, and draws from them."""
import cv2
import numpy as np

from mesh_shape import LEFT_EYE, OPENINGS, OVAL, RIGHT_EYE, SIDE

# Light and complexion: what is slower than this part of the outline's width is taken from the face to be replaced.
LIGHT_SIGMA = 0.18


def light_of(plane, mask, sigma):
    """Normalised convolution: the slow part of a plane, judged by the pixels of the mask."""
    weights = cv2.GaussianBlur(mask, (0, 0), sigma)
    return cv2.GaussianBlur(plane * mask, (0, 0), sigma) / np.maximum(weights, 1e-3)


def detail_of(texture, mask, sigma):
    """Brightness and colour differences of a texture (RGB 0..255) without their slow part, spread of brightness 1."""
    r, g, b = [texture[..., i].astype(np.float32) for i in range(3)]
    y = 0.299 * r + 0.587 * g + 0.114 * b
    planes = np.stack([y, (b - y) * 0.564, (r - y) * 0.713], -1)
    detail = np.stack([planes[..., i] - light_of(planes[..., i], mask, sigma) for i in range(3)], -1)
    spread = detail[..., 0][mask > 0.5].std()
    return detail / max(spread, 1e-3), spread, planes


def without_openings(shapes, mean):
    """Shapes with every lid and lip as far open as the mean's: what an identity changes must not change a face's mood."""
    closed = shapes.copy()
    for above, below in OPENINGS:
        excess = (closed[:, below] - closed[:, above]) - (mean[below] - mean[above])
        closed[:, above] += excess / 2
        closed[:, below] -= excess / 2
    return closed




def principal(rows, count):
    """Mean, components of one standard deviation each, and the part of the variance that they explain."""
    mean = rows.mean(0)
    centred = rows - mean
    gram = centred @ centred.T / len(rows)
    values, vectors = np.linalg.eigh(gram.astype(np.float64))
    order = np.argsort(values)[::-1][:count]
    directions = vectors[:, order].T.astype(np.float32) @ centred
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    components = directions * np.sqrt(values[order])[:, None].astype(np.float32)
    return mean, components, values[order].sum() / values.sum()


def weights_of(rows, mean, components):
    """Where each row lies, in standard deviations along each component."""
    return (rows - mean) @ components.T / (components**2).sum(1)


def outline_mask(flat):
    """1 inside the outline."""
    inside = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(inside, [np.int32(np.round(flat[OVAL]))], 1)
    return inside.astype(np.float32)


def fading(inside):
    """1 inside and 0 towards the outline, where hair and walls begin: of brightness, and sooner of both colours."""
    planes = [cv2.GaussianBlur(cv2.erode(inside, np.ones((side, side))), (0, 0), side / 3) for side in (11, 31, 31)]
    return np.stack(planes, -1)


def glasses_score(brightness, flat):
    """How much a face looks like one with glasses: straight edges across the bridge of the nose and below the eyes."""
    slope = np.diff(cv2.GaussianBlur(brightness.astype(np.float32), (0, 0), 1.0), axis=0)
    (ax, ay), (bx, by) = flat[133], flat[362]
    level, gap = (ay + by) / 2, bx - ax
    bridge = slope[int(level - 0.35 * gap) : int(level + 0.25 * gap), int(ax + 0.3 * gap) : int(bx - 0.3 * gap)]
    score = np.abs(bridge.mean(1)).max()
    for eye in (RIGHT_EYE, LEFT_EYE):
        x, y = flat[eye].mean(0)
        below = slope[int(y + 0.4 * gap) : int(y + 1.1 * gap), int(x - 0.3 * gap) : int(x + 0.3 * gap)]
        score += np.abs(below.mean(1)).max()
    return float(score)
