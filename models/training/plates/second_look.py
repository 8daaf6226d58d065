"""The second look: a small network that sees one find alone, always at the same size, and says its corners and whether it is a plate.

Spaces: patch pixels (PATCH_W x PATCH_H, what this network sees) and input pixels (the picture handed to the
detector). A patch is a level part of the picture, twice as wide as high, around the find.
"""
import torch
from torch import nn
from torch.nn import functional as F

from net import PIXEL_MEAN, TOP, DecodedPlateNet, InvertedResidual, conv_norm

PATCH_W, PATCH_H = 128, 64
GRID = 8  # patch pixels per vote
ROOM = 1.9  # a patch is this much wider than its find
TALLEST = 1.6  # a find higher than 1 / TALLEST of its width makes the patch larger
LOOK_FROM, MOST = 0.3, 24  # which finds of the first look are looked at again
FIRST_SHARE = 0.8  # of the first look in the joined log odds
STRAYED = 0.7  # overlap (IoU) of a find's box with that of its corners below which it is looked at once more


def patch_region(boxes):
    """Boxes [K,4] x1,y1,x2,y2 to the regions [K,4] of their patches, in the same pixels."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = boxes[:, 2:] - boxes[:, :2]
    wide = torch.maximum(size[:, :1], size[:, 1:] * TALLEST).clamp(min=4) * ROOM
    half = torch.cat((wide, wide * (PATCH_H / PATCH_W)), 1) / 2
    return torch.cat((middle - half, middle + half), 1)


def block(inputs, outputs, *, kernel=3, stride=1, expand=3):
    return InvertedResidual(inputs, outputs, kernel=kernel, stride=stride, expand=expand, folded=False)


class SecondLook(nn.Module):
    """float patches, RGB minus the grey mean, [K,3,64,128] -> corners [K,8] in patch pixels and plate logits [K].

    Every cell of a 16 x 8 grid votes for each corner, with a weight of its own: a corner is told by the
    cells that see it, wherever the plate lies in the patch.
    """

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 16, 3, 2, folded=False)
        self.fine = nn.Sequential(block(16, 24, stride=2, expand=4), block(24, 24))
        self.middle = nn.Sequential(block(24, 48, kernel=5, stride=2, expand=4), block(48, 48), block(48, 48))
        self.coarse = nn.Sequential(block(48, 64, stride=2), block(64, 64), block(64, 64))
        self.down = conv_norm(64, 48, act=False, folded=False)
        self.join = nn.Sequential(
            nn.ReLU(), conv_norm(48, 48, 3, groups=48, folded=False), conv_norm(48, 48, folded=False))
        self.votes = nn.Conv2d(48, 12, 1)
        self.plate = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))
        xs = torch.arange(PATCH_W // GRID) * GRID + GRID / 2.0
        ys = torch.arange(PATCH_H // GRID) * GRID + GRID / 2.0
        self.register_buffer('cells', torch.stack((xs.repeat(len(ys)), ys.repeat_interleave(len(xs)))), persistent=False)

    def forward(self, patches):
        middle = self.middle(self.fine(self.stem(patches)))
        coarse = self.coarse(middle)
        joined = self.join(middle + F.interpolate(self.down(coarse), scale_factor=2.0, mode='nearest'))
        votes = self.votes(joined).flatten(2)  # [K,12,cells]
        weight = torch.softmax(votes[:, 8:], 2)
        places = votes[:, :8].reshape(-1, 4, 2, votes.shape[2]) * GRID + self.cells
        corners = (places * weight.unsqueeze(2)).sum(3)
        return corners.reshape(-1, 8), self.plate(coarse.mean((2, 3)))[:, 0]


class PatchesOf(torch.autograd.Function):
    """Patches [K,3,64,128] of a float picture [1,3,H,W]; outside of it 0. In the graph: one RoiAlign."""

    @staticmethod
    def symbolic(g, picture, regions, which):
        return g.op('RoiAlign', picture, regions, which, coordinate_transformation_mode_s='half_pixel', mode_s='avg',
                    output_height_i=PATCH_H, output_width_i=PATCH_W, sampling_ratio_i=0, spatial_scale_f=1.0)

    @staticmethod
    def forward(ctx, picture, regions, which):
        return torch.cat([_patch(picture, region) for region in regions])


def _patch(picture, region):
    """As RoiAlign does it: every pixel of the patch is the mean of n x n bilinear samples."""
    height, width = picture.shape[2:]
    x1, y1, x2, y2 = region
    across, down = (max(1, int(torch.ceil(span / n))) for span, n in ((x2 - x1, PATCH_W), (y2 - y1, PATCH_H)))
    xs = x1 + (x2 - x1) * (torch.arange(PATCH_W * across) + 0.5) / (PATCH_W * across)
    ys = y1 + (y2 - y1) * (torch.arange(PATCH_H * down) + 0.5) / (PATCH_H * down)
    grid = torch.stack(torch.broadcast_tensors(xs[None] / width * 2 - 1, ys[:, None] / height * 2 - 1), -1)
    # RoiAlign repeats the outermost pixels for one pixel around the picture, then gives 0
    inside = ((xs >= -0.5) & (xs <= width + 0.5))[None] & ((ys >= -0.5) & (ys <= height + 0.5))[:, None]
    seen = F.grid_sample(picture, grid[None], align_corners=False, padding_mode='border') * inside
    return F.avg_pool2d(seen, (down, across))


def log_odds(p):
    p = p.clamp(1e-4, 1 - 1e-4)
    return torch.log(p / (1 - p))


def bounds_of(quads):
    """Quads [K,8] or [K,4,2] to boxes [K,4] x1,y1,x2,y2."""
    points = quads.reshape(-1, 4, 2)
    return torch.cat((points.amin(1), points.amax(1)), 1)


def overlap(a, b):
    """Intersection over union of boxes [K,4], pair by pair."""
    sides = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0)
    both = sides[:, 0] * sides[:, 1]
    areas = [(c[:, 2] - c[:, 0]) * (c[:, 3] - c[:, 1]) for c in (a, b)]
    return both / (areas[0] + areas[1] - both).clamp(min=1e-6)


class DetectorWithSecondLook(nn.Module):
    """uint8 RGB [1,H,W,3] -> quads [1,100,8] in input pixels and scores [1,100], best first.

    The best finds of the first look, those above LOOK_FROM but at least one and at most MOST, are looked at
    again: their corners are the second look's, their score joins both looks. The rest keeps what it had.
    Where the corners lie far from where the find was, the patch showed the plate off its middle, perhaps not all of
    it, and one more patch around the corners is looked at, and believed. The best find's is always looked at (no
    graph likes an empty batch): where its corners have not strayed, the mean of both counts.
    """

    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = DecodedPlateNet(first), second

    def forward(self, pixels):
        quads, scores = self.first(pixels)
        quads, scores = quads[0], scores[0]
        rank = torch.arange(TOP)
        again = ((scores > LOOK_FROM) & (rank < MOST)) | (rank == 0)
        which, rest = again.nonzero()[:, 0], (~again).nonzero()[:, 0]
        picture = pixels.permute(0, 3, 1, 2).float() - PIXEL_MEAN
        boxes = bounds_of(quads.index_select(0, which))
        found, plate = self.look(picture, boxes)
        strayed = overlap(boxes, bounds_of(found)) < STRAYED
        again = strayed | (which == 0)
        once, stayed = again.nonzero()[:, 0], (~again).nonzero()[:, 0]
        before, doubted = found.index_select(0, once), strayed.index_select(0, once)
        once_more, verdict = self.look(picture, bounds_of(before))
        which = torch.cat((which.index_select(0, once), which.index_select(0, stayed)))
        found = torch.cat((torch.where(doubted[:, None], once_more, (once_more + before) / 2), found.index_select(0, stayed)))
        verdict = torch.where(doubted, verdict, (verdict + plate.index_select(0, once)) / 2)
        plate = torch.cat((verdict, plate.index_select(0, stayed)))
        first = log_odds(scores.index_select(0, which))
        joined = torch.sigmoid(FIRST_SHARE * first + (1 - FIRST_SHARE) * plate)
        quads = torch.cat((found, quads.index_select(0, rest)))
        scores, order = torch.topk(torch.cat((joined, scores.index_select(0, rest))), TOP)
        return quads.index_select(0, order).reshape(1, TOP, 8), scores.reshape(1, TOP)

    def look(self, picture, boxes):
        """Corners [K,8] in input pixels and plate logits [K] of what lies in boxes [K,4]."""
        regions = patch_region(boxes)
        corners, plate = self.second(PatchesOf.apply(picture, regions, (boxes[:, 0] * 0).long()))
        scale = (regions[:, 2:3] - regions[:, :1]) / PATCH_W
        return corners * scale + regions[:, :2].repeat(1, 4), plate
