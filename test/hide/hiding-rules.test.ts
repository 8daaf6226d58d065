import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hiddenDetections } from '#anonymizer/pure/hiding-rules.ts'
import { zoneHolds, zoneTouches } from '#anonymizer/pure/zone-overlap.ts'
import type { Box, Detection } from '#schemas/detection-document.ts'
import type { HidingRules, Zone } from '#schemas/hiding-rules.ts'
import { readModelConfig } from '#schemas/model-config.ts'

const SIZE = { width: 200, height: 100 }
const found = (box: Box, more: Partial<Detection> = {}): Detection => ({
  ...{ class: 'face', score: 0.9, box, track: null, origin: 'detected' },
  ...more,
})
const isHidden = (box: Box, rules: HidingRules, more: Partial<Detection> = {}): boolean =>
  hiddenDetections([found(box, more)], SIZE, rules).length === 1
const area = (x1: number, y1: number, x2: number, y2: number): [number, number][] => [
  [x1, y1],
  [x2, y1],
  [x2, y2],
  [x1, y2],
]
const LEFT = area(0, 0, 0.5, 1)
const RIGHT = area(0.5, 0, 1, 1)

describe('in doubt it is hidden', () => {
  test('one pixel outside of an exclude zone is enough, none is not', () => {
    expect(isHidden([40, 20, 101, 60], { exclude_zones: [LEFT] })).toBe(true)
    expect(isHidden([40, 20, 100, 60], { exclude_zones: [LEFT] })).toBe(false)
  })
  test('one pixel in an include zone is enough, none is not', () => {
    expect(isHidden([99, 20, 140, 60], { include_zones: [LEFT] })).toBe(true)
    expect(isHidden([101, 20, 140, 60], { include_zones: [LEFT] })).toBe(false)
  })
  test('what only two exclude zones together hold is hidden', () => {
    expect(isHidden([90, 20, 110, 60], { exclude_zones: [LEFT, RIGHT] })).toBe(true)
  })
  test('what lies in both kinds of zone is left alone only if an exclude zone holds all of it', () => {
    const rules = { include_zones: [area(0, 0, 1, 1)], exclude_zones: [LEFT] }
    expect([isHidden([10, 10, 50, 50], rules), isHidden([60, 10, 120, 50], rules)]).toEqual([false, true])
  })
  test('a plate whose corners stick out of its box is judged by both', () => {
    const quad: Detection['quad'] = [
      [60, 20],
      [104, 30],
      [104, 40],
      [60, 30],
    ]
    expect(isHidden([60, 20, 98, 40], { exclude_zones: [LEFT] }, { class: 'plate', quad })).toBe(true)
  })
  test('what reaches over the edge of the picture counts as far as it shows', () => {
    expect(isHidden([-30, -5, 60, 120], { exclude_zones: [LEFT] })).toBe(false)
  })
  test('what a person drew is hidden wherever it lies and however small it is', () => {
    expect(isHidden([1, 1, 3, 3], { exclude_zones: [LEFT], min_size: 50 }, { origin: 'drawn' })).toBe(true)
  })
  test('a find counts as small only if both of its sides are', () => {
    expect(isHidden([0, 0, 12, 4], { min_size: 12 })).toBe(true)
    expect(isHidden([0, 0, 11.9, 11.9], { min_size: 12 })).toBe(false)
  })
  test('a zone with a bay holds nothing that lies in the bay', () => {
    const horseshoe: Zone = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0.8, 1],
      [0.8, 0.2],
      [0.2, 0.2],
      [0.2, 1],
      [0, 1],
    ]
    expect(isHidden([80, 50, 120, 90], { exclude_zones: [horseshoe] })).toBe(true)
    expect(isHidden([2, 50, 38, 90], { exclude_zones: [horseshoe] })).toBe(false)
  })
})

const coordinate = fc.integer({ min: 0, max: 20 }).map((value) => value / 20)
const point = fc.tuple(coordinate, coordinate)
const polygon = fc.array(point, { minLength: 3, maxLength: 7 })
const box = fc
  .tuple(coordinate, coordinate, coordinate, coordinate)
  .map(([a, b, c, d]): Box => [Math.min(a, c), Math.min(b, d), Math.max(a, c) + 0.03, Math.max(b, d) + 0.03])

/** By the winding of many sampled points: slow, and written another way. */
function share(zone: Zone, [x1, y1, x2, y2]: Box): number {
  let inside = 0
  const steps = 24
  for (let i = 0; i < steps; i++)
    for (let j = 0; j < steps; j++) {
      const x = x1 + ((i + 0.503) / steps) * (x2 - x1)
      const y = y1 + ((j + 0.497) / steps) * (y2 - y1)
      const crossings = zone.filter(([ax, ay], at) => {
        const [bx, by] = zone[(at + 1) % zone.length] ?? [ax, ay]
        if (ay > y === by > y) return false
        return ax + ((y - ay) / (by - ay)) * (bx - ax) > x
      })
      inside += crossings.length % 2
    }
  return inside / steps ** 2
}

describe('zones of any shape', () => {
  test('a zone that holds a box leaves no sampled point of it outside', () => {
    let held = 0
    fc.assert(
      fc.property(polygon, box, (zone, place) => {
        if (!zoneHolds(zone, place)) return
        held++
        expect(share(zone, place)).toBe(1)
      }),
      { numRuns: 3_000 },
    )
    expect(held).toBeGreaterThan(5)
  })
  test('a zone that does not touch a box has no sampled point in it', () => {
    fc.assert(
      fc.property(polygon, box, (zone, place) => {
        if (!zoneTouches(zone, place)) expect(share(zone, place)).toBe(0)
      }),
      { numRuns: 3_000 },
    )
  })
  test('the order and the direction of the corners change nothing', () => {
    fc.assert(
      fc.property(polygon, box, (zone, place) => {
        const turned = [...zone.slice(1), ...zone.slice(0, 1)].reverse()
        expect([zoneHolds(turned, place), zoneTouches(turned, place)]).toEqual([
          zoneHolds(zone, place),
          zoneTouches(zone, place),
        ])
      }),
    )
  })
})

describe('reading the keys', () => {
  const read = (config: object) => readModelConfig('blur', config)
  test('zones come as lists or as text, for both models; without them a configuration is what it was', () => {
    for (const include_zones of [[LEFT], JSON.stringify([LEFT])])
      for (const model of ['blur', 'syn'] as const)
        expect(readModelConfig(model, { include_zones, min_size: '12' })).toMatchObject({
          choice: { config: { include_zones: [LEFT], min_size: 12 } },
        })
    const plain = read({})
    expect(plain.verdict === 'ok' && JSON.stringify(plain.choice.config)).not.toContain('zones')
  })
  test.each([
    ['a corner outside of the picture', { include_zones: [area(0, 0, 1.2, 1)] }, 'include_zones'],
    ['two corners', { exclude_zones: [[[0, 0]]] }, 'exclude_zones'],
    ['no zone at all', { include_zones: [] }, 'include_zones'],
    ['text that is no JSON', { exclude_zones: 'left half' }, 'exclude_zones'],
    ['a negative size', { min_size: -1 }, 'min_size'],
    ['a size that is no number', { min_size: 'small' }, 'min_size'],
    ['an unknown key', { zones: [LEFT] }, 'zones'],
  ])('%s is refused by name', (_, config, key) => {
    const answer = read(config)
    expect(answer.verdict === 'refused' && answer.issues[0]?.path[0]).toBe(key)
  })
})
