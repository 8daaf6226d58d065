"""Finds the face of a portrait and the 468 points of its mesh, with the two models that the product itself uses."""
import cv2
import numpy as np
import onnxruntime

CROP = 192
MARGIN = 1.5
PASSES = 2


class FacePoints:
    def __init__(self, face_model, mesh_model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.faces = onnxruntime.InferenceSession(face_model, options)
        self.mesh = onnxruntime.InferenceSession(mesh_model, options)

    def find(self, rgb, least=0.6):
        """x, y, depth of 468 points in the picture's pixels and the presence; None where there is not one sure face."""
        height, width = rgb.shape[:2]
        scale = min(1.0, 640 / max(height, width))
        small = cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        padded = np.zeros((-(-small.shape[0] // 32) * 32, -(-small.shape[1] // 32) * 32, 3), np.uint8)
        padded[: small.shape[0], : small.shape[1]] = small
        scores, boxes, points = self.faces.run(None, {"image": padded[None]})
        if len(scores.ravel()) == 0 or scores.ravel()[0] < least:
            return None
        box = boxes.reshape(-1, 4)[0] / scale
        five = points.reshape(-1, 5, 2)[0]
        level = five[1] - five[0]
        roll = np.arctan2(level[1], level[0])
        centre, side = (box[:2] + box[2:]) / 2, max(box[2] - box[0], box[3] - box[1]) * MARGIN
        presence = 0.0
        mesh = None
        for _ in range(PASSES):
            mesh, presence = self.fit(rgb, centre, side, roll)
            flat = mesh[:, :2]
            level = flat[263] - flat[33]
            roll = np.arctan2(level[1], level[0])
            turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
            upright = flat @ turn.T
            low, high = upright.min(0), upright.max(0)
            centre, side = turn.T @ ((low + high) / 2), (high - low).max() * MARGIN
        return mesh, presence

    def fit(self, rgb, centre, side, roll):
        scale = side / CROP
        cos, sin = np.cos(roll) * scale, np.sin(roll) * scale
        half = CROP / 2
        into = np.array(
            [
                [cos, -sin, centre[0] - cos * half + sin * half],
                [sin, cos, centre[1] - sin * half - cos * half],
            ]
        )
        crop = cv2.warpAffine(rgb, into, (CROP, CROP), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        points, presence = self.mesh.run(None, {"image": crop[None]})
        points = points[0]
        placed = points[:, :2] @ into[:, :2].T + into[:, 2]
        return np.column_stack([placed, points[:, 2] * scale]), float(presence[0])
