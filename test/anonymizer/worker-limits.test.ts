// Limits that grow with the picture, and wear that ends a worker's service.
import { expect, test } from 'vitest'
import {
  decideWear,
  memoryLimit,
  PICTURE_LIMITS,
  silence,
  type WorkerLimits,
} from '#anonymizer/pure/worker-limits.ts'

const limits: WorkerLimits = {
  ...PICTURE_LIMITS,
  baseBytes: 1000,
  basePixels: 100,
  bytesPerPixel: 10,
  maxBytes: 5000,
  silentMs: 1000,
  silentMsPerMegapixel: 100,
  tasksPerWorker: 3,
  growthBytes: 50,
}

test('memory grows with the pixels above the usual size, never above the most', () => {
  expect(memoryLimit(limits, undefined)).toBe(1000)
  expect(memoryLimit(limits, 100)).toBe(1000)
  expect(memoryLimit(limits, 200)).toBe(2000)
  expect(memoryLimit(limits, 1e9)).toBe(5000)
})

test('a larger picture may be silent for longer, and waiting counts less than working', () => {
  expect(silence(limits, undefined)).toEqual({ processorMs: 1000, wallMs: 2500 })
  expect(silence(limits, 10e6)).toEqual({ processorMs: 2000, wallMs: 5000 })
})

test('a worker is kept until it has done its tasks or has grown too much', () => {
  const wear = (tasks: number, nowBytes: number) => decideWear(limits, { tasks, readyBytes: 100, nowBytes })
  expect(wear(2, 150)).toEqual({ do: 'keep' })
  expect(wear(3, 150)).toEqual({ do: 'replace', reason: 'tasks' })
  expect(wear(1, 151)).toEqual({ do: 'replace', reason: 'growth' })
})
