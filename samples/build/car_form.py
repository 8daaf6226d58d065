"""Promises: the outer form of an invented car as a lofted grid, and where its windows, seams and lamps lie on it.

Car space: metres, y from the nose (-) to the tail (+), x to the car's left when seen from the front's right side, z up from the road.
"""
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d


@dataclass
class Form:
    """The lines of one car model."""
    top: list  # (y, z) of the middle line from nose to tail
    half: float = 0.88
    belt: tuple = (0.90, 0.97)
    glass: tuple = (-0.80, 1.50)  # from the windscreen's foot to the side glass's end
    pillars: tuple = (0.25, 1.15)
    wheels: tuple = (-1.28, 1.30)
    wheel: float = 0.32
    rear_glass: tuple = (1.02, 1.36)  # heights
    front_glass: tuple = (0.97, 1.37)
    lines: dict = field(default_factory=dict)

    @property
    def ends(self):
        return self.top[0][0], self.top[-1][0]

    def height(self, y):
        a = np.array(self.top)
        return PchipInterpolator(a[:, 0], a[:, 1])(np.clip(y, *self.ends))

    def width(self, y):
        """Half width at the widest height."""
        nose, tail = self.ends
        u = np.array([nose, nose + .05, nose + .15, nose + .4, nose + .9, 0.2, tail - .8, tail - .35, tail - .1, tail - .03, tail])
        w = self.half * np.array([.70, .80, .88, .945, .985, 1, .99, .95, .88, .82, .74])
        return PchipInterpolator(u, w)(np.clip(y, nose, tail))


HATCH = Form(top=[(-2.02, .60), (-1.97, .70), (-1.85, .77), (-1.5, .87), (-1.0, .965), (-.3, 1.34), (.0, 1.42), (.5, 1.465), (1.1, 1.44), (1.6, 1.37), (1.86, 1.10), (1.97, .92), (2.02, .62)])
SALOON = Form(top=[(-2.25, .58), (-2.2, .68), (-2.05, .75), (-1.6, .84), (-1.05, .93), (-.3, 1.31), (.0, 1.39), (.45, 1.43), (.95, 1.39), (1.65, 1.06), (1.8, 1.02), (2.15, .97), (2.22, .9), (2.25, .62)],
              half=.90, belt=(.89, .97), glass=(-.85, 1.42), pillars=(.28, 1.02), wheels=(-1.38, 1.40), rear_glass=(1.03, 1.33), front_glass=(.95, 1.33))
VAN = Form(top=[(-2.2, .65), (-2.15, .80), (-2.0, .92), (-1.6, 1.06), (-1.25, 1.15), (-.75, 1.62), (-.5, 1.74), (0, 1.82), (1.2, 1.83), (2.0, 1.79), (2.12, 1.70), (2.2, 1.0), (2.22, .6)],
           half=.92, belt=(1.08, 1.12), glass=(-1.1, 1.95), pillars=(-.1, .85), wheels=(-1.35, 1.38), rear_glass=(1.15, 1.66), front_glass=(1.12, 1.66))


def loft(form, rows=190, columns=72):
    """The body as a grid (rows, 2 * columns, 3): rows from nose to tail, columns once around from the belly's middle."""
    nose, tail = form.ends
    t = np.linspace(0, 1, rows)
    y = nose + (tail - nose) * (t - 0.12 * np.sin(2 * np.pi * t) / np.pi)  # denser at the ends
    top, w = form.height(y), form.width(y)
    belt = np.minimum(np.interp(y, [-1.0, 1.6], form.belt), top - 0.045)
    floor = np.interp(y, [nose, nose + .25, tail - .3, tail], [.27, .19, .22, .30])
    up = np.maximum(top - belt, .04)
    lean = np.clip(up * .42, 0, .24)
    zero = np.zeros_like(y)
    line = np.stack([
        np.stack([zero, floor], 1), np.stack([w - .12, floor], 1), np.stack([w - .035, floor + .05], 1), np.stack([w - .012, floor + .16], 1),
        np.stack([w, np.minimum(.55, floor + (belt - floor) * .55)], 1), np.stack([w - .008, belt - (belt - floor) * .22], 1), np.stack([w - .035, belt - .015], 1),
        np.stack([w - .06 - lean * .12, belt + up * .10], 1), np.stack([w - .06 - lean * .9, top - up * .14 - .012], 1),
        np.stack([w - .10 - lean * 1.08, top - up * .05 - .006], 1), np.stack([(w - .14 - lean) * .6, top + .004], 1), np.stack([zero, top + .012], 1)], 1)
    step = np.linalg.norm(np.diff(line, axis=1), axis=2)
    s = np.concatenate([np.zeros((rows, 1)), np.cumsum(step, 1)], 1)
    out = np.zeros((rows, columns, 2))
    for i in range(rows):
        out[i] = PchipInterpolator(s[i] + np.arange(12) * 1e-6, line[i])(np.linspace(0, s[i, -1], columns))
    out = gaussian_filter1d(gaussian_filter1d(out, 1.0, axis=1, mode="nearest"), 1.2, axis=0, mode="nearest")
    half = np.stack([out[..., 0], np.broadcast_to(y[:, None], out.shape[:2]), out[..., 1]], -1)
    other = half[:, ::-1] * [-1, 1, 1]
    ring = np.concatenate([half, other[:, 1:-1]], 1)
    ring[:, 0, 0] = 0
    caps = []
    for end, sign in ((0, -1), (-1, 1)):
        middle = ring[end].mean(0)
        for share in (.97, .9, .75, .5, .25, .02):
            cap = middle + (ring[end] - middle) * share
            cap[:, 1] = ring[end][:, 1] + sign * .035 * (1 - share ** 3)
            caps.append(cap)
    front, back = caps[:6][::-1], caps[6:]
    return np.concatenate([front, ring, back])
