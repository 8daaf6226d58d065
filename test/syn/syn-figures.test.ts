import { expect, test } from 'vitest'
import { readableFace, type WitnessedFace } from '../../bench/privacy/face-witness.ts'
import { trueAcceptRate, wilsonInterval } from '../../bench/privacy/re-identification.ts'

test('an interval of a part says how little a small sample tells, also where nothing was seen', () => {
  expect(wilsonInterval(0, 120)[0]).toBe(0)
  expect(wilsonInterval(0, 120)[1]).toBeCloseTo(0.031, 3)
  const [least, most] = wilsonInterval(5, 120)
  expect(least).toBeCloseTo(0.018, 3)
  expect(most).toBeCloseTo(0.0938, 3)
  expect(wilsonInterval(0, 0)).toEqual([0, 1])
})

test('a result is matched when it is nearer to its original than all but a part of strangers are', () => {
  const strangers = Array.from({ length: 100 }, (_, i) => i / 100)
  expect(trueAcceptRate([0.5, 0.98, 0.99, 1], strangers, 0.01)).toEqual({ rate: 0.5, threshold: 0.98 })
})

test('somebody is told by a face only where the witness is sure of it', () => {
  const face = (score: number): WitnessedFace => ({ class: 'face', score, box: [0, 0, 9, 9], points: [] })
  expect(readableFace([face(0.39)])).toBeUndefined()
  expect(readableFace([])).toBeUndefined()
  expect(readableFace([face(0.9), face(0.7)])?.score).toBe(0.9)
})
