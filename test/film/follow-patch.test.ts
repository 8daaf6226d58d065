// Proves that what was found once is followed by its looks where it moves, and not where it is gone.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HeldGreys } from '#anonymizer/film/held-greys.ts'
import { trackEnds } from '#anonymizer/film/track-ends.ts'
import { followPatch } from '#anonymizer/pure/follow-patch.ts'
import type { GreyPicture } from '#anonymizer/pure/patch-match.ts'
import { withBoxBeyond } from '#anonymizer/pure/track-fill.ts'
import type { Track } from '#anonymizer/pure/track-follow.ts'
import { startMotion } from '#anonymizer/pure/track-motion.ts'
import type { Box } from '#schemas/detection-document.ts'
import { shownGreys } from './shown-greys.ts'

const [WIDTH, HEIGHT] = [240, 160]
const SIDE = 32
/** The object is larger than its box by this, as faces and plates' cars are. */
const RIM = 2

/** Blobs six pixels wide, 0..255, the same for the same seed. */
function texture(seed: number, x: number, y: number): number {
  const lattice = (i: number, j: number): number => {
    const wave = Math.sin(i * 127.1 + j * 311.7 + seed * 74.7) * 43758.5453
    return 255 * (wave - Math.floor(wave))
  }
  const [i, j] = [Math.floor(x / 6), Math.floor(y / 6)]
  const [s, t] = [x / 6 - i, y / 6 - j]
  const row = (k: number): number => lattice(i, k) * (1 - s) + lattice(i + 1, k) * s
  return row(j) * (1 - t) + row(j + 1) * t
}

interface Scene {
  readonly object?: { readonly x: number; readonly y: number; readonly light?: number }
  readonly ground?: 'flat' | 'rough'
}

/** A square of its own texture on a ground; flat ground is one grey. */
function picture({ object, ground = 'rough' }: Scene): GreyPicture {
  const data = new Uint8Array(WIDTH * HEIGHT)
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const [own, down] = object ? [x - object.x, y - object.y] : [-RIM - 1, 0]
      const inside = own >= -RIM && down >= -RIM && own < SIDE + RIM && down < SIDE + RIM
      const grey = inside
        ? texture(3, own, down) * (object?.light ?? 1)
        : ground === 'flat'
          ? 90
          : texture(11, x, y)
      data[y * WIDTH + x] = Math.max(0, Math.min(255, Math.round(grey)))
    }
  return { data, width: WIDTH, height: HEIGHT, stride: WIDTH }
}
const boxAt = (x: number, y: number): Box => [x, y, x + SIDE, y + SIDE]
const START = { x: 100, y: 60 }

describe('a patch that is followed', () => {
  const speed = fc.integer({ min: -8, max: 8 })
  test('is where the object is, to two pixels, whatever way it goes and in other light', () => {
    fc.assert(
      fc.property(speed, speed, fc.double({ min: 0.9, max: 1, noNaN: true }), (vx, vy, light) => {
        const at = (k: number) => ({
          x: START.x + vx * k,
          y: START.y + vy * k,
          light: k % 2 === 1 ? light : 1,
        })
        const found = {
          picture: picture({ object: START }),
          box: boxAt(START.x, START.y),
          speed: [0, 0] as const,
        }
        const boxes = followPatch(
          found,
          [1, 2, 3, 4].map((k) => picture({ object: at(k) })),
        )
        expect(boxes).toHaveLength(4)
        boxes.forEach(([x, y], i) => {
          expect(Math.abs(x - at(i + 1).x)).toBeLessThanOrEqual(2)
          expect(Math.abs(y - at(i + 1).y)).toBeLessThanOrEqual(2)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('ends with the frame in which the object is gone', () => {
    const found = {
      picture: picture({ object: START }),
      box: boxAt(START.x, START.y),
      speed: [0, 0] as const,
    }
    const there = picture({ object: { x: 104, y: 60 } })
    expect(followPatch(found, [there, picture({}), there])).toHaveLength(1)
  })

  test('is nowhere on a ground that shows nothing', () => {
    const flat = picture({ ground: 'flat' })
    expect(followPatch({ picture: flat, box: boxAt(20, 20), speed: [0, 0] }, [flat, flat])).toEqual([])
  })

  test('is followed out of the picture as long as two fifths of it show', () => {
    const found = {
      picture: picture({ object: { x: 200, y: 60 } }),
      box: boxAt(200, 60),
      speed: [6, 0] as const,
    }
    const boxes = followPatch(
      found,
      [206, 212, 218, 224, 260].map((x) => picture({ object: { x, y: 60 }, ground: 'flat' })),
    )
    expect(boxes.length).toBeGreaterThanOrEqual(2)
    expect(boxes.length).toBeLessThan(5)
  })
})

describe('a track', () => {
  const still = (frames: number, at: (frame: number) => { x: number; y: number } | undefined): HeldGreys => {
    const pictures = Array.from({ length: frames }, (_, frame) => {
      const object = at(frame)
      return picture(object ? { object } : {})
    })
    return shownGreys(pictures)
  }
  const path = (frame: number) => ({ x: 20 + 5 * frame, y: 40 })
  const trackOf = (...frames: number[]): Track => ({
    id: 7,
    sightings: frames.map((frame) => ({
      frame,
      at: frame / 30,
      score: 0.8,
      box: boxAt(path(frame).x, path(frame).y),
    })),
    motion: startMotion(boxAt(0, 0), 0),
    open: false,
    missed: 0,
  })
  const inShot = (frame: number, firstOfShot = 0, lastOfShot = 29) => ({
    ...{ frame, at: frame / 30 },
    ...{ firstOfShot, lastOfShot },
  })
  /** Asked for as the film asks: every frame in order. */
  const told = (
    greys: HeldGreys,
    track: Track,
    farthest: number,
    shot: readonly [number, number] = [0, 29],
  ) => {
    const ends = trackEnds(greys, farthest)
    const frames = Array.from({ length: shot[1] - shot[0] + 1 }, (_, i) => shot[0] + i)
    return frames.filter((frame) => {
      const place = ends.placeAt(track, inShot(frame, ...shot))
      if (place) expect(Math.abs(place.box[0] - path(frame).x)).toBeLessThanOrEqual(SIDE / 8)
      ends.forget(frame)
      return place !== undefined
    })
  }
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)

  test('is followed back to where its object came and on to where it went', () => {
    const greys = still(30, (frame) => (frame >= 5 && frame <= 24 ? path(frame) : undefined))
    expect(told(greys, trackOf(12, 13, 14), 20)).toEqual([...range(5, 11), ...range(15, 24)])
  })

  test('is followed no further than told, and not over a cut', () => {
    const greys = still(30, path)
    expect(told(greys, trackOf(12, 13, 14), 4)).toEqual([...range(8, 11), ...range(15, 18)])
    expect(told(greys, trackOf(12, 13, 14), 20, [10, 16])).toEqual([10, 11, 15, 16])
    expect(told(greys, trackOf(12, 13, 14), 20, [13, 20])).toEqual([])
  })

  test('keeps its own sightings and covers padding as well as what was followed', () => {
    const followed = { box: boxAt(10, 10), score: 0.6 }
    const detected = { box: boxAt(50, 50), score: 0.9, origin: 'detected' as const }
    expect(withBoxBeyond(detected, followed)).toBe(detected)
    expect(withBoxBeyond(undefined, followed)).toEqual({ ...followed, origin: 'padded' })
    const padded = { ...detected, origin: 'padded' as const }
    expect(withBoxBeyond(padded, followed)?.box).toEqual([10, 10, 82, 82])
    expect(withBoxBeyond(padded, undefined)).toBe(padded)
  })
})
