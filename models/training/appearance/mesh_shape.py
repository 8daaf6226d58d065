"""The mesh of a face in its own space: aligned, with a ring around it, triangles, and the warp into texture space."""
import cv2
import numpy as np

SIDE = 256
# The outline of MediaPipe's mesh, from the top of the forehead clockwise on the screen.
OVAL = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
]
INNER_LIPS = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95]
RIGHT_EYE = [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7]
LEFT_EYE = [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249]
# Points that stand for each other above and below an opening: lips, right lids, left lids.
OPENINGS = [
    (13, 14), (82, 87), (312, 317), (81, 178), (311, 402), (80, 88), (310, 318),
    (159, 145), (158, 153), (160, 144), (157, 154), (161, 163),
    (386, 374), (385, 380), (387, 373), (384, 381), (388, 390),
]
RING = 0.16
RING_ABOVE = 0.2
RING_BEHIND = 0.12


def rigid(points, target, weights):
    """Scale, rotation and shift that bring points onto target (Umeyama, 1991): target = scale * points @ R.T + shift."""
    w = weights / weights.sum()
    mp, mt = w @ points, w @ target
    p, t = points - mp, target - mt
    u, d, vt = np.linalg.svd((t * w[:, None]).T @ p)
    sign = np.sign(np.linalg.det(u @ vt))
    flip = np.diag([1, 1, sign])
    rotation = u @ flip @ vt
    scale = (d * [1, 1, sign]).sum() / (w @ (p**2).sum(1))
    return scale, rotation, mt - scale * rotation @ mp


def stable_weights():
    """Mouth, chin and lids move: they say little about where the head looks."""
    weights = np.ones(468)
    moving = set(INNER_LIPS + RIGHT_EYE + LEFT_EYE) | {152, 148, 176, 149, 150, 377, 400, 378, 379, 17, 0, 61, 291}
    weights[list(moving)] = 0.1
    return weights


def align(points, mean):
    scale, rotation, shift = rigid(points, mean, stable_weights())
    return scale * points @ rotation.T + shift, (scale, rotation, shift)


def mean_shape(all_points):
    """Aligned mean of many faces, width of the outline 1, centred; x to the right, y down, depth away from the camera."""
    mean = all_points[0] - all_points[0].mean(0)
    for _ in range(6):
        mean = mean / (mean[OVAL, 0].max() - mean[OVAL, 0].min())
        aligned = np.array([align(points, mean)[0] for points in all_points])
        mean = aligned.mean(0)
        # Symmetric in yaw and roll: the mean looks straight at the camera.
        mean = upright(mean)
    return mean


def upright(mean):
    mean = mean - (mean[OVAL].max(0) + mean[OVAL].min(0)) / 2
    across = mean[454] - mean[234]
    x = across / np.linalg.norm(across)
    down = mean[152] - mean[10]
    y = down - x * (down @ x)
    y /= np.linalg.norm(y)
    return mean @ np.column_stack([x, y, np.cross(x, y)])


def with_ring(shape):
    """468 points and one more outside each point of the outline, further back, for the fading edge."""
    outline = shape[OVAL]
    centre = (outline.max(0) + outline.min(0)) / 2
    away = outline - centre
    above = np.clip(-away[:, 1] / np.abs(away[:, 1]).max(), 0, 1)
    grow = RING + (RING_ABOVE - RING) * above
    ring = outline + np.column_stack([away[:, 0] * grow, away[:, 1] * grow, np.full(len(OVAL), RING_BEHIND)])
    return np.vstack([shape, ring])


def to_texture(mean):
    """Scale and shift from face space to texture pixels, the ring one pixel inside."""
    flat = with_ring(mean)[:, :2]
    low, high = flat.min(0), flat.max(0)
    scale = (SIDE - 3) / (high - low).max()
    return scale, (SIDE - 1) / 2 - scale * (low + high) / 2


def triangles(flat):
    """Delaunay triangles of texture points, indices into them."""
    subdiv = cv2.Subdiv2D((-10, -10, SIDE + 20, SIDE + 20))
    index = {}
    for i, (x, y) in enumerate(flat):
        key = subdiv.insert((float(x), float(y)))
        index[key] = i
    found = []
    places = {tuple(np.round(p, 3)): i for i, p in enumerate(flat.astype(np.float32))}
    for t in subdiv.getTriangleList().reshape(-1, 3, 2):
        corners = [places.get(tuple(np.round(p.astype(np.float32), 3))) for p in t]
        if None not in corners:
            a, b, c = flat[corners]
            area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
            found.append(corners if area > 0 else [corners[0], corners[2], corners[1]])
    return np.array(sorted(found), np.int32)


class Warp:
    """For each texture pixel its triangle and place in it, so that a picture is read with one gather."""

    def __init__(self, flat, tris):
        self.tri = np.full((SIDE, SIDE), -1, np.int32)
        self.weights = np.zeros((SIDE, SIDE, 3), np.float32)
        ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
        for i, t in enumerate(tris):
            a, b, c = flat[t]
            det = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
            x1, y1 = np.floor(np.min(flat[t], 0)).astype(int)
            x2, y2 = np.ceil(np.max(flat[t], 0)).astype(int) + 1
            part = np.s_[max(0, y1) : y2, max(0, x1) : x2]
            px, py = xs[part] - a[0], ys[part] - a[1]
            v = (px * (c[1] - a[1]) - py * (c[0] - a[0])) / det
            w = (py * (b[0] - a[0]) - px * (b[1] - a[1])) / det
            inside = (v >= -1e-6) & (w >= -1e-6) & (v + w <= 1 + 1e-6)
            self.tri[part][inside] = i
            self.weights[part][inside] = np.stack([1 - v - w, v, w], -1)[inside]
        self.corners = tris

    def read(self, picture, placed):
        """The picture in texture space; placed: x, y of every vertex in the picture."""
        at = placed[self.corners[np.maximum(self.tri, 0)]]
        where = (at * self.weights[..., None]).sum(2).astype(np.float32)
        return cv2.remap(picture, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
