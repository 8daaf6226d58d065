"""Promises: house fronts with recessed windows, frames, sills, shop fronts, awnings and cornices along a street."""
import numpy as np

import ground
import materials
from shapes import Pile


def front(name, start, wide, toward, rng, wall, storeys=4, bay=2.6, shop=True):
    """A house front that begins at `start` (x, y) and runs `wide` metres along +y; `toward` is +1 when it looks to +x, -1 to -x."""
    pile = Pile(name)
    x0, y0 = start
    trim = ground.mixed("stone", (.42, .40, .36), (.55, .52, .47), 12, bump=.2)
    frame = materials.plain(f"frame{rng.integers(3)}", [(.75, .74, .70), (.62, .60, .55), (.08, .10, .09)][rng.integers(3)], .5)
    panes = [ground.glass("pane.dark", (.015, .018, .02)), ground.glass("pane.room", (.06, .055, .045)), ground.glass("pane.curtain", (.36, .34, .30))]
    base, rise = 3.9, 3.2
    top = base + storeys * rise

    def at(u, out, z):
        return (x0 + toward * out, y0 + u, z)

    def quad(u0, u1, z0, z1, out, material):
        corners = [at(u0, out, z0), at(u1, out, z0), at(u1, out, z1), at(u0, out, z1)]
        coords = [(u0, z0), (u1, z0), (u1, z1), (u0, z1)]
        if toward > 0:
            pile.face(corners, material, coords)
        else:
            pile.face(corners[::-1], material, coords[::-1])

    def block(u0, u1, z0, z1, out0, out1, material):
        a, b = x0 + toward * out0, x0 + toward * out1
        pile.box((min(a, b), y0 + u0, z0), (max(a, b), y0 + u1, z1), material)

    def window(u0, u1, z0, z1, deep=.20, bars=1, cross=True):
        for a, b, c, d in ((u0, u0, z0, z1), (u1, u1, z0, z1)):
            pile.face([at(a, 0, c), at(a, -deep, c), at(a, -deep, d), at(a, 0, d)], wall)
        pile.face([at(u0, 0, z1), at(u1, 0, z1), at(u1, -deep, z1), at(u0, -deep, z1)], wall)
        pile.face([at(u0, 0, z0), at(u1, 0, z0), at(u1, -deep, z0), at(u0, -deep, z0)], trim)
        kind = rng.choice(3, p=[.55, .25, .20])
        quad(u0, u1, z0, z1, -deep, panes[min(kind, 1)])
        if kind == 2:
            drop = rng.uniform(.25, .9)
            quad(u0 + .05, u1 - .05, z1 - (z1 - z0) * drop, z1 - .05, -deep + .004, panes[2])
        t = .065
        for a, b, c, d in ((u0, u0 + t, z0, z1), (u1 - t, u1, z0, z1), (u0, u1, z0, z0 + t), (u0, u1, z1 - t, z1)):
            block(a, b, c, d, -deep, -deep + .06, frame)
        for k in range(1, bars + 1):
            m = u0 + (u1 - u0) * k / (bars + 1)
            block(m - .035, m + .035, z0, z1, -deep, -deep + .05, frame)
        if cross:
            block(u0, u1, z0 + (z1 - z0) * .68, z0 + (z1 - z0) * .68 + .05, -deep, -deep + .05, frame)

    count = max(1, int(round(wide / bay)))
    step = wide / count
    half = step * rng.uniform(.21, .26)
    for storey in range(storeys):
        z = base + storey * rise
        sill, head = z + .85, z + rise - .55
        quad(0, wide, z, sill, 0, wall)
        quad(0, wide, head, z + rise, 0, wall)
        edges = [0.0]
        for k in range(count):
            m = (k + .5) * step
            edges += [m - half, m + half]
            window(m - half, m + half, sill, head)
            block(m - half - .1, m + half + .1, sill - .09, sill, -.02, .09, trim)
            block(m - half - .12, m + half + .12, head, head + .16, -.02, .05, trim)
            if storey in (1, 2) and rng.random() < .25:
                rail = materials.plain("rail", (.015, .015, .017), .4, .6)
                block(m - half - .25, m + half + .25, z + .02, z + .12, 0, .75, trim)
                for g in np.linspace(m - half - .22, m + half + .22, 14):
                    block(g - .01, g + .01, z + .12, z + 1.0, .70, .72, rail)
                block(m - half - .25, m + half + .25, z + 1.0, z + 1.05, .68, .74, rail)
        edges.append(wide)
        for a, b in zip(edges[::2], edges[1::2]):
            quad(a, b, sill, head, 0, wall)
    # ground floor
    plinth = ground.mixed("plinth", (.16, .15, .14), (.24, .23, .22), 20, bump=.2)
    bays = max(1, int(round(wide / 4.2)))
    width = wide / bays
    quad(0, wide, 3.25, base, 0, wall)
    tone = [(.10, .16, .12), (.22, .06, .05), (.06, .09, .17), (.14, .12, .10), (.30, .24, .12)]
    for k in range(bays):
        a, b = k * width, (k + 1) * width
        block(a, a + .35, 0, 3.25, -.3, .04, trim)
        block(b - .35, b, 0, 3.25, -.3, .04, trim)
        if shop and rng.random() < .8:
            paint = materials.plain(f"shop{rng.integers(5)}", tone[rng.integers(5)], .4)
            block(a + .35, b - .35, 0, .55, -.25, 0, paint)
            block(a + .35, b - .35, 2.75, 3.25, -.25, .06, paint)
            inside = ground.glass(f"shopglass{rng.integers(3)}", [(.05, .04, .03), (.12, .09, .06), (.03, .035, .04)][rng.integers(3)])
            quad(a + .35, b - .35, .55, 2.75, -.2, inside)
            door = a + .35 + (width - .7) * .7
            for m in (a + .4, (a + door) / 2 + .2, door, b - .4):
                block(m - .045, m + .045, .05, 2.75, -.22, -.12, paint)
            for g in np.arange(a + .6, door - .2, .42):
                tall = rng.uniform(.2, .7)
                block(g, g + rng.uniform(.12, .3), .56, .56 + tall, -.199, -.19, materials.plain(f"ware{rng.integers(6)}", tuple(rng.uniform(.1, .55, 3)), .6))
            if rng.random() < .65:
                red = materials.plain(f"awning{rng.integers(4)}", [(.45, .05, .04), (.05, .20, .12), (.06, .10, .28), (.55, .40, .12)][rng.integers(4)], .8)
                pale = materials.plain("awning.pale", (.62, .58, .50), .8)
                lines = np.linspace(a + .3, b - .3, 13)
                for i, (p, q) in enumerate(zip(lines, lines[1:])):
                    tint = red if i % 2 == 0 else pale
                    pile.face([at(p, .05, 3.0), at(q, .05, 3.0), at(q, 1.25, 2.5), at(p, 1.25, 2.5)], tint)
                    pile.face([at(p, 1.25, 2.5), at(q, 1.25, 2.5), at(q, 1.25, 2.28), at(p, 1.25, 2.28)], tint)
        else:
            quad(a + .35, b - .35, 0, .7, 0, plinth)
            m = (a + b) / 2
            quad(a + .35, m - .75, .7, 3.25, 0, wall)
            quad(m + .75, b - .35, .7, 3.25, 0, wall)
            quad(m - .75, m + .75, 2.9, 3.25, 0, wall)
            window(m - .75, m + .75, .7, 2.9, bars=1)
    block(0, wide, 3.3, 3.45, 0, .12, trim)
    block(0, wide, base - .16, base, 0, .2, trim)
    block(0, wide, top, top + .22, -.1, .28, trim)
    block(0, wide, top + .22, top + .42, -.1, .45, trim)
    roof = ground.mixed("roof", (.055, .05, .055), (.11, .09, .085), 6, rough=.7)
    pile.face([at(0, .4, top + .42), at(wide, .4, top + .42), at(wide, -4, top + 3.6), at(0, -4, top + 3.6)], roof)
    for u in (0.0, wide):
        pile.face([at(u, 0, 0), at(u, -10, 0), at(u, -10, top), at(u, 0, top)], wall)
    for _ in range(max(1, int(wide / 7))):
        u = rng.uniform(.8, wide - .8)
        block(u - .45, u + .45, top + 1.5, top + 4.3, -3.2, -2.5, ground.mixed("chimney", (.18, .08, .06), (.26, .12, .09), 15))
    return pile.build()
