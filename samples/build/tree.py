"""Promises: a street tree grown from a seed: trunk, branches and some thousand leaves as one mesh."""
import numpy as np

import ground
from shapes import Pile


def make(name, where, height, rng, leaves=5200, colour=(.07, .13, .03)):
    """A tree at (x, y) with its crown's top near `height` metres."""
    pile = Pile(name)
    bark = ground.mixed("bark", (.06, .045, .035), (.13, .10, .08), 14, bump=.8, distance=.03)
    x, y = where
    fork = height * rng.uniform(.33, .38)
    pile.tube((x, y, 0), (x + rng.normal() * .05, y + rng.normal() * .05, fork), .15, .11, bark, 14, cap=False)
    tips = []
    for k in range(9):
        turn = 2 * np.pi * k / 9 + rng.normal() * .25
        reach, rise = height * rng.uniform(.13, .24), height * rng.uniform(.18, .5)
        end = np.array([x + np.cos(turn) * reach, y + np.sin(turn) * reach, fork + rise])
        pile.tube((x, y, fork - .1), end, .06, .02, bark, 8)
        tips.append(end)
        for _ in range(3):
            far = end + rng.normal(size=3) * height * [.07, .07, .05]
            pile.tube(end - (end - [x, y, fork]) * .3, far, .022, .008, bark, 5)
            tips.append(far)
    tips.append(np.array([x, y, height * .88]))
    green = ground.leaf("leaf" + name[:4], colour)
    tips = np.array(tips)
    for _ in range(leaves):
        blob = tips[rng.integers(len(tips))]
        place = blob + rng.normal(size=3) * height * np.array([.062, .062, .05])
        size = rng.uniform(.05, .10)
        a = rng.normal(size=3)
        a /= np.linalg.norm(a)
        b = np.cross(a, rng.normal(size=3))
        b /= np.linalg.norm(b)
        pile.face([place - a * size, place + b * size * .55, place + a * size, place - b * size * .55], green)
    return pile.build()
