// The planted scenes: each is one way in which hiding tools are known to let a face or a plate flash up.
import type { Scene, Shot } from './scene.ts'
import type { Picture, Sprite } from './sprites.ts'

export interface Cast {
  readonly width: number
  readonly height: number
  /** At least four, of 40 to 100 pixels. */
  readonly faces: readonly Sprite[]
  /** At least two. */
  readonly plates: readonly Sprite[]
  readonly grounds: readonly Picture[]
}

const FRAMES = 36
const RATE = 30

/** Takes the next of a list, round and round. */
const nth = <T>(list: readonly T[], i: number): T => {
  const one = list[i % list.length]
  if (one === undefined) throw new Error('the cast is empty')
  return one
}

export function plantedScenes(cast: Cast): Readonly<Record<string, Scene>> {
  const { width: w, height: h } = cast
  const face = (i: number): Sprite => nth(cast.faces, i)
  const plate = (i: number): Sprite => nth(cast.plates, i)
  const scene = (...shots: Partial<Shot>[]): Scene => ({
    width: w,
    height: h,
    rate: RATE,
    shots: shots.map((shot, i) => ({ frames: FRAMES, ground: nth(cast.grounds, i), actors: [], ...shot })),
  })
  return {
    'faces that enter, leave and come near': scene({
      actors: [
        { sprite: face(0), at: (t) => ({ x: -face(0).width + 0.014 * w * t, y: 0.1 * h }) },
        { sprite: face(1), at: (t) => ({ x: 0.9 * w - 0.019 * w * t, y: 0.45 * h + t }) },
        { sprite: face(2), at: (t) => ({ x: 0.65 * w + 3 * t, y: 0.6 * h - 0.019 * h * t }) },
      ],
    }),
    'two faces that cross': scene({
      actors: [
        { sprite: face(0), at: (t) => ({ x: 0.1 * w + 0.016 * w * t, y: 0.3 * h }) },
        { sprite: face(1), at: (t) => ({ x: 0.75 * w - 0.016 * w * t, y: 0.36 * h }) },
      ],
    }),
    'a camera that pans and zooms': scene({
      camera: (t) => ({ x: -0.006 * w * t, y: -0.002 * h * t, scale: 1 + 0.012 * t }),
      actors: [
        { sprite: face(0), at: () => ({ x: 0.3 * w, y: 0.2 * h }) },
        { sprite: face(3), at: () => ({ x: 0.8 * w, y: 0.5 * h }) },
        { sprite: plate(0), at: () => ({ x: 0.45 * w, y: 0.55 * h }) },
      ],
    }),
    'cuts to faces that are there at once': scene(
      { frames: 13, actors: [{ sprite: face(0), at: (t) => ({ x: 0.2 * w + t, y: 0.3 * h }) }] },
      {
        frames: 11,
        actors: [
          { sprite: face(1), at: (t) => ({ x: 0.7 * w - 2 * t, y: 0.2 * h }) },
          { sprite: plate(1), at: (t) => ({ x: 0.1 * w + 2 * t, y: 0.5 * h }) },
        ],
      },
      { frames: 2, actors: [{ sprite: face(2), at: () => ({ x: 0.45 * w, y: 0.4 * h }) }] },
      { frames: 10, actors: [{ sprite: face(3), at: (t) => ({ x: 0.3 * w, y: 0.25 * h + t }) }] },
    ),
    'cars that come, pass and go': scene({
      actors: [
        { sprite: plate(0), at: (t) => ({ x: 0.3 * w, y: 0.3 * h, scale: 0.5 + 0.014 * t }) },
        { sprite: plate(1), at: (t) => ({ x: w - 0.022 * w * t, y: 0.55 * h }) },
      ],
    }),
    'a face that shows for a moment': scene({
      actors: [
        { sprite: face(1), at: (t) => (t >= 16 && t < 23 ? { x: 0.4 * w, y: 0.4 * h } : null) },
        { sprite: face(2), at: () => ({ x: 0.7 * w, y: 0.1 * h }) },
      ],
    }),
  }
}
