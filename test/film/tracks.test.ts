// Proves that a track covers its object in every frame of its shot, whatever looks fail between its sightings.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isConfirmed, isWorthFollowing } from '#anonymizer/pure/track-confirm.ts'
import { type FrameInShot, fillTrack } from '#anonymizer/pure/track-fill.ts'
import {
  endShot,
  type Find,
  type Following,
  followLook,
  forgetBefore,
  isJoined,
  nobody,
  type TrackRules,
} from '#anonymizer/pure/track-follow.ts'
import { boxOfMotion, correctMotion, predictMotion, startMotion } from '#anonymizer/pure/track-motion.ts'
import type { Box } from '#schemas/detection-document.ts'

const RULES: TrackRules = { strong: 0.5, longestGapSeconds: 1, longestGapFrames: 45 }
/** At most .7 of its size in seven frames, which is as far as a guess is carried on. */
const FILL = { padSeconds: 0.4, leastPadFrames: 3 }
const RATE = 30
const IN_PICTURE = { threshold: RULES.strong, pictureWidth: 1280 }

interface Mover {
  readonly x: number
  readonly y: number
  readonly side: number
  readonly vx: number
  readonly vy: number
  readonly grow: number
}
const boxAt = (m: Mover, frame: number): Box => {
  const side = m.side * (1 + m.grow * frame)
  const [x, y] = [m.x + m.vx * m.side * frame, m.y + m.vy * m.side * frame]
  return [x, y, x + side, y + side * 1.3]
}
/** Moves by up to a tenth of its size and grows by up to 1 % in each frame. */
const mover = fc.record({
  x: fc.double({ min: 0, max: 1000, noNaN: true }),
  y: fc.double({ min: 0, max: 600, noNaN: true }),
  side: fc.double({ min: 10, max: 200, noNaN: true }),
  vx: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  vy: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  grow: fc.double({ min: 0, max: 0.01, noNaN: true }),
})

const everyFrame = (frame: number, frames: number): FrameInShot => ({
  frame,
  at: frame / RATE,
  firstOfShot: 0,
  lastOfShot: frames - 1,
})

function follow(frames: number, findsAt: (frame: number) => readonly Find[]): Following {
  let following = nobody
  for (let frame = 0; frame < frames; frame++)
    following = followLook(following, { frame, at: frame / RATE, finds: findsAt(frame) }, RULES)
  return following
}

/** Part of `inner` that lies in `outer`, 0..1. */
function covered(inner: Box, outer: Box): number {
  const width = Math.min(inner[2], outer[2]) - Math.max(inner[0], outer[0])
  const height = Math.min(inner[3], outer[3]) - Math.max(inner[1], outer[1])
  return (Math.max(0, width) * Math.max(0, height)) / ((inner[2] - inner[0]) * (inner[3] - inner[1]))
}

describe('a detector that fails on frames', () => {
  test('leaves none of them uncovered, as long as no failure lasts longer than a gap', () => {
    fc.assert(
      fc.property(
        mover,
        fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 3, maxLength: 8 }),
        (m, gaps) => {
          const seen = new Set<number>()
          let at = 0
          for (const gap of [1, 1, ...gaps]) {
            seen.add(at)
            at += gap
          }
          const frames = at
          const following = follow(frames, (frame) =>
            seen.has(frame) ? [{ score: 0.9, box: boxAt(m, frame) }] : [],
          )
          expect(following.tracks).toHaveLength(1)
          const [track] = following.tracks
          if (!track) return
          for (let frame = 0; frame <= Math.max(...seen); frame++) {
            const filled = fillTrack(track, everyFrame(frame, frames), FILL)
            expect(filled?.origin).toBe(seen.has(frame) ? 'detected' : 'interpolated')
            expect(covered(boxAt(m, frame), filled?.box ?? [0, 0, 0, 0])).toBeGreaterThan(0.95)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('and finds faintly keeps the same track', () => {
    const m = { x: 100, y: 100, side: 50, vx: 0.05, vy: 0, grow: 0 }
    const following = follow(40, (frame) => [{ score: frame % 10 < 3 ? 0.9 : 0.3, box: boxAt(m, frame) }])
    expect(following.tracks).toHaveLength(1)
    expect(following.tracks[0]?.sightings).toHaveLength(40)
  })
})

test('a track that starts strongly reaches back over the faint finds before it', () => {
  const m = { x: 100, y: 100, side: 50, vx: 0.02, vy: 0, grow: 0 }
  const following = follow(12, (frame) => [{ score: frame < 8 ? 0.3 : 0.9, box: boxAt(m, frame) }])
  expect(following.tracks[0]?.sightings[0]?.frame).toBe(0)
})

test('faint finds alone start no track', () => {
  const following = follow(20, () => [{ score: 0.4, box: [0, 0, 20, 20] }])
  expect(following.tracks).toEqual([])
})

test('two objects that cross keep their own tracks', () => {
  const a = { x: 0, y: 100, side: 40, vx: 0.1, vy: 0, grow: 0 }
  const b = { x: 240, y: 120, side: 40, vx: -0.1, vy: 0, grow: 0 }
  const following = follow(60, (frame) => [a, b].map((m) => ({ score: 0.9, box: boxAt(m, frame) })))
  expect(following.tracks).toHaveLength(2)
  for (const track of following.tracks) {
    const [first, last] = [track.sightings[0], track.sightings.at(-1)]
    expect(Math.abs((last?.box[0] ?? 0) - (first?.box[0] ?? 0))).toBeGreaterThan(200)
  }
})

test('a flat plate that leaps by more than its height in every look is one track', () => {
  const plate = (frame: number): Box => [100, 20 + 24 * frame, 132, 32 + 24 * frame]
  const following = follow(12, (frame) => [{ score: 0.9, box: plate(frame) }])
  expect(following.tracks).toHaveLength(1)
})

test('no track and no padding crosses a cut', () => {
  const finds = [{ score: 0.9, box: [10, 10, 60, 70] as Box }]
  let following = nobody
  for (let frame = 0; frame < 10; frame++)
    following = followLook(following, { frame, at: frame / RATE, finds }, RULES)
  following = endShot(following)
  following = followLook(following, { frame: 10, at: 10 / RATE, finds }, RULES)
  expect(following.tracks.map(({ sightings }) => sightings.length)).toEqual([10, 1])
  const [before, after] = following.tracks
  const shots: FrameInShot[] = [
    { frame: 9, at: 9 / RATE, firstOfShot: 0, lastOfShot: 9 },
    { frame: 10, at: 10 / RATE, firstOfShot: 10, lastOfShot: 20 },
  ]
  expect(before && shots[1] && fillTrack(before, shots[1], FILL)).toBeUndefined()
  expect(after && shots[0] && fillTrack(after, shots[0], FILL)).toBeUndefined()
})

test('padding covers an object that enters or leaves, before its first and after its last sighting', () => {
  fc.assert(
    fc.property(mover, fc.integer({ min: 1, max: 7 }), (m, away) => {
      const first = 20
      const following = follow(60, (frame) =>
        frame >= first && frame < 50 ? [{ score: 0.9, box: boxAt(m, frame) }] : [],
      )
      const [track] = following.tracks
      for (const frame of [first - away, 49 + away]) {
        const filled = track && fillTrack(track, everyFrame(frame, 100), FILL)
        expect(filled?.origin).toBe('padded')
        expect(covered(boxAt(m, frame), filled?.box ?? [0, 0, 0, 0])).toBeGreaterThan(0.85)
      }
    }),
    { numRuns: 100 },
  )
})

test('padding ends, and is short for what was seen once', () => {
  const once = follow(60, (frame) => (frame === 30 ? [{ score: 0.9, box: [0, 0, 50, 50] }] : []))
  const often = follow(60, (frame) =>
    frame >= 30 && frame < 40 ? [{ score: 0.9, box: [0, 0, 50, 50] }] : [],
  )
  const padded = (following: Following, frame: number): boolean => {
    const [track] = following.tracks
    return track !== undefined && fillTrack(track, everyFrame(frame, 100), FILL) !== undefined
  }
  expect([padded(once, 27), padded(once, 26), padded(often, 18), padded(often, 17)]).toEqual([
    true,
    false,
    true,
    false,
  ])
})

test('a track unseen for longer than the gap is over, and the next sighting starts another', () => {
  const following = follow(100, (frame) =>
    frame < 5 || frame > 50 ? [{ score: 0.9, box: [0, 0, 50, 50] }] : [],
  )
  expect(following.tracks).toHaveLength(2)
})

test('looks join only when everybody is seen again and nobody came', () => {
  const one: Find = { score: 0.9, box: [0, 0, 50, 50] }
  const two: Find = { score: 0.9, box: [200, 0, 250, 50] }
  const start = followLook(nobody, { frame: 0, at: 0, finds: [one] }, RULES)
  const joined = (finds: readonly Find[]): boolean => {
    const look = { frame: 3, at: 0.1, finds }
    return isJoined(start, followLook(start, look, RULES), { previousFrame: 0, frame: 3 })
  }
  expect([joined([one]), joined([]), joined([one, two]), joined([two])]).toEqual([true, false, false, false])
})

test('what is forgotten changes no later frame', () => {
  const m = { x: 100, y: 100, side: 50, vx: 0.05, vy: 0.02, grow: 0 }
  const all = follow(80, (frame) => (frame % 4 === 0 ? [{ score: 0.9, box: boxAt(m, frame) }] : []))
  const less = forgetBefore(all, 60, 1)
  expect(less.tracks[0]?.sightings.length).toBeLessThan(13)
  for (let frame = 61; frame < 90; frame++) {
    const [a, b] = [all.tracks[0], less.tracks[0]]
    expect(b && fillTrack(b, everyFrame(frame, 100), FILL)).toEqual(
      a && fillTrack(a, everyFrame(frame, 100), FILL),
    )
  }
})

test('motion learns a steady speed and keeps it through a gap', () => {
  const m = { x: 0, y: 0, side: 40, vx: 0.1, vy: -0.05, grow: 0 }
  let motion = startMotion(boxAt(m, 0), 0)
  for (let frame = 1; frame < 20; frame++) motion = correctMotion(motion, boxAt(m, frame), frame / RATE)
  const predicted = boxOfMotion(predictMotion(motion, 25 / RATE))
  for (const [i, value] of boxAt(m, 25).entries())
    expect(Math.abs((predicted[i] ?? 0) - value)).toBeLessThan(8)
})

const seen = (scores: readonly number[]): Following =>
  scores.reduce<Following>(
    (following, score, i) =>
      followLook(following, { frame: i, at: i / RATE, finds: [{ score, box: [10, 10, 60, 30] }] }, RULES),
    nobody,
  )

test('a track is believed after two sightings, or one sure one, or in a shot too short for more', () => {
  const believed = (scores: readonly number[], frames = 60): boolean | undefined => {
    const [track] = seen(scores).tracks
    return track && isConfirmed(track, everyFrame(0, frames), IN_PICTURE)
  }
  expect([believed([0.55]), believed([0.55, 0.6]), believed([0.55, 0.3])]).toEqual([false, true, true])
  expect([believed([0.66]), believed([0.55], 5), believed([0.55], 6)]).toEqual([true, true, false])
})

describe('a thing seen in every twelfth look, as dashes of a lane pass one place,', () => {
  const watched = (seenIn: (frame: number) => boolean, isSame: TrackRules['isSame']): Following => {
    let following = nobody
    for (let frame = 0; frame < 60; frame++) {
      const finds: Find[] = seenIn(frame) ? [{ score: 0.55, box: [10, 10, 60, 30] }] : []
      following = followLook(following, { frame, at: frame / RATE, finds }, { ...RULES, isSame })
    }
    return following
  }
  const sightings = (following: Following): readonly number[] =>
    following.tracks.map((track) => track.sightings.length)
  const everyTwelfth = (frame: number): boolean => frame % 12 === 0

  test('is one sighting again and again, none believed, where the pictures between show it go', () => {
    const dashes = watched(everyTwelfth, () => false)
    expect(sightings(dashes)).toEqual([1, 1, 1, 1, 1])
    expect(dashes.tracks.some((track) => isConfirmed(track, everyFrame(0, 60), IN_PICTURE))).toBe(false)
  })

  test('is one track where they show it stay, or tell nothing', () => {
    expect(sightings(watched(everyTwelfth, () => true))).toEqual([5])
    expect(sightings(watched(everyTwelfth, undefined))).toEqual([5])
  })

  test('is asked about after three looks that missed it, and no more once it was seen four times', () => {
    const asked: number[] = []
    const ask: TrackRules['isSame'] = (seen, _, frame) => asked.push(frame - seen.frame) > 0
    watched((frame) => frame % 3 === 0, ask)
    expect(asked).toEqual([])
    expect(sightings(watched((frame) => frame < 4 || frame === 30, ask))).toEqual([5])
    expect(asked).toEqual([])
    watched((frame) => frame % 4 === 0, ask)
    expect(asked).toEqual([4, 4, 4])
  })
})

test('a wide find is believed after two strong sightings: an awning has one and many faint ones', () => {
  const believed = (...scores: number[]): boolean | undefined => {
    const [track] = seen(scores).tracks
    return track && isConfirmed(track, everyFrame(0, 60), { ...IN_PICTURE, pictureWidth: 500 })
  }
  expect([believed(0.55, 0.3, 0.3, 0.3), believed(0.55, 0.3, 0.55), believed(0.66, 0.3)]).toEqual([
    false,
    true,
    true,
  ])
})

test('a track is followed beyond its sightings after four of them, or one that is very sure', () => {
  const followed = (...scores: number[]): boolean | undefined => {
    const [track] = seen(scores).tracks
    return track && isWorthFollowing(track, RULES.strong)
  }
  expect([followed(0.6, 0.6), followed(0.55, 0.3, 0.3), followed(0.79, 0.79)]).toEqual([false, false, false])
  expect([followed(0.55, 0.3, 0.3, 0.3), followed(0.81)]).toEqual([true, true])
})
