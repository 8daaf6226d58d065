"""The plate network: one stride-4 map with a centre heat map and four corners, about 260,000 weights.

Shapes: N pictures, H and W multiples of 32, C channels. Spaces: input pixels are the pixels of the
picture handed to the network, cells are input pixels / 4.
"""
import torch
from torch import nn
from torch.nn import functional as F

STRIDE = 4
OFFSET_SCALE = 16.0  # one unit of the corner head is 16 input pixels
PIXEL_MEAN = 114.0
TOP = 100
LARGE_SHAPE = dict(channels=(48, 64, 112, 160), neck=48)  # of the wider network


def conv_norm(inputs, outputs, kernel=1, stride=1, groups=1, act=True, folded=False):
    """Convolution and, unless told otherwise, ReLU; between them batch normalisation, or the bias it was folded into."""
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=folded),
        nn.Identity() if folded else nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if act else nn.Sequential(*layers)


class InvertedResidual(nn.Module):
    """Widen, filter per channel, narrow (MobileNetV2, arXiv 1801.04381); adds its input where shapes agree."""

    def __init__(self, inputs, outputs, *, kernel, stride, expand, folded=False):
        super().__init__()
        wide = inputs * expand
        self.body = nn.Sequential(
            conv_norm(inputs, wide, folded=folded),
            conv_norm(wide, wide, kernel, stride, groups=wide, folded=folded),
            conv_norm(wide, outputs, act=False, folded=folded),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


def stage(inputs, outputs, *, kernel, folded, blocks=3):
    """One halving of the resolution (widened by 2: it works at the finer scale), then blocks widened by 3."""
    first = InvertedResidual(inputs, outputs, kernel=kernel, stride=2, expand=2, folded=folded)
    rest = [InvertedResidual(outputs, outputs, kernel=kernel, stride=1, expand=3, folded=folded) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)


class PlateNet(nn.Module):
    """float RGB 0..255 [N,3,H,W] -> heat logits [N,1,H/4,W/4] and corner offsets [N,8,H/4,W/4].

    The offsets are x,y of top-left, top-right, bottom-right, bottom-left from the cell's centre,
    in units of OFFSET_SCALE input pixels. Channel counts are multiples of 16 because the CPU kernels are.
    folded: without batch normalisation, which is then inside the weights it starts from.
    """

    def __init__(self, channels=(32, 32, 64, 96), neck=32, folded=False):
        super().__init__()
        c4, c8, c16, c32 = channels
        self.stem = conv_norm(3, 16, 3, 2, folded=folded)
        self.stage4 = nn.Sequential(
            conv_norm(16, 16, 3, 2, groups=16, folded=folded),
            conv_norm(16, c4, folded=folded),
            InvertedResidual(c4, c4, kernel=3, stride=1, expand=2, folded=folded),
        )
        self.stage8 = stage(c4, c8, kernel=3, folded=folded)
        self.stage16 = stage(c8, c16, kernel=5, folded=folded)
        self.stage32 = stage(c16, c32, kernel=5, folded=folded)
        self.lateral = nn.ModuleList(conv_norm(c, neck, act=False, folded=folded) for c in channels)
        self.smooth = nn.ModuleList(
            nn.Sequential(conv_norm(neck, neck, 3, groups=neck, folded=folded), conv_norm(neck, neck, folded=folded))
            for _ in range(3)
        )
        self.heat = nn.Conv2d(neck, 1, 1)
        self.corners = nn.Sequential(conv_norm(neck, neck, 3, groups=neck, folded=folded), nn.Conv2d(neck, 8, 1))
        nn.init.constant_(self.heat.bias, -4.6)

    def features(self, picture):
        """The map of stride 4 that both heads read, [N,neck,H/4,W/4]."""
        x = self.stem(picture - PIXEL_MEAN)  # the batch normalisation behind it takes care of the spread
        levels = []
        for part in (self.stage4, self.stage8, self.stage16, self.stage32):
            x = part(x)
            levels.append(x)
        top = self.lateral[3](levels[3])
        for index in (2, 1, 0):
            top = F.interpolate(top, scale_factor=2.0, mode='nearest') + self.lateral[index](levels[index])
            top = self.smooth[index](top)
        return top

    def forward(self, picture):
        top = self.features(picture)
        return self.heat(top), self.corners(top)

    def heat_of_cells(self, cells):
        """What `heat` says of cells [M,neck], [M,1]."""
        return cells @ self.heat.weight.reshape(-1, 1) + self.heat.bias

    def corners_of_cells(self, cells, shape, row, column):
        """What `corners` says at some of all cells [H*W,neck] of a map of shape (H, W), [K,8], worked out there alone."""
        (conv, *rest), (high, wide) = self.corners[0], shape
        reach = torch.arange(9)
        rows, columns = row.unsqueeze(1) + torch.div(reach, 3, rounding_mode='floor') - 1, column.unsqueeze(1) + reach % 3 - 1
        inside = (rows >= 0) & (rows < high) & (columns >= 0) & (columns < wide)
        at = torch.where(inside, rows * wide + columns, torch.zeros_like(rows))
        around = cells.index_select(0, at.flatten()).reshape(-1, 9, conv.out_channels) * inside.unsqueeze(2).to(cells.dtype)
        seen = (around * conv.weight.reshape(-1, 9).t()).sum(1)
        if conv.bias is not None:
            seen = seen + conv.bias
        seen = nn.Sequential(*rest)(seen.t().reshape(1, conv.out_channels, -1, 1))
        return self.corners[1](seen).reshape(8, -1).t()


def net_for(state):
    """A PlateNet with the weights of a state, folded and as wide as the state is."""
    shape = LARGE_SHAPE if state['heat.weight'].shape[1] == LARGE_SHAPE['neck'] else {}
    net = PlateNet(**shape, folded=not any('running_mean' in name for name in state))
    net.load_state_dict(state)
    return net


class DecodedPlateNet(nn.Module):
    """uint8 RGB [1,H,W,3] -> quads float [1,K,8] in input pixels and scores float [1,K], best first.

    A cell counts when it is the highest of its 3 x 3 neighbourhood; fewer than K peaks leave scores of 0.
    """

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, pixels):
        top = self.net.features(pixels.permute(0, 3, 1, 2).float())
        high, wide = top.shape[2:]
        # One cell after the other: both heads read whole cells, the corners only those of a few.
        cells = top.permute(0, 2, 3, 1).reshape(-1, top.shape[1])
        heat = self.net.heat_of_cells(cells).reshape(1, 1, high, wide)
        peak = F.max_pool2d(heat, 3, 1, 1)
        flat = torch.where(heat == peak, heat, torch.full_like(heat, -40.0)).flatten()
        flat = F.pad(flat, (0, TOP), value=-40.0)  # a picture of fewer than K cells still has K rows
        score, at = torch.topk(flat, TOP)
        at = torch.minimum(at, torch.zeros_like(at) + high * wide - 1)
        row = torch.div(at, wide, rounding_mode='floor')
        column = at - row * wide
        offset = self.net.corners_of_cells(cells, (high, wide), row, column)
        centre = torch.stack((column, row), 1).float() * STRIDE + STRIDE / 2
        quads = offset * OFFSET_SCALE + centre.repeat(1, 4)
        return quads.reshape(1, TOP, 8), torch.sigmoid(score).reshape(1, TOP)
