import { describe, expect, test } from 'vitest'
import { assignEvenly, moved } from '#cli/pure/capacity/assign-evenly.ts'
import { usualFigures } from '#cli/pure/capacity/figures.ts'
import { scaleRow, scalingRows } from '#cli/pure/capacity/scenarios.ts'
import { type Scenario, simulate } from '#cli/pure/capacity/simulate.ts'

const f = usualFigures()
const node = { cores: 16, gpu: 'cpu' } as const
const calm: Scenario = {
  ...{ partitions: 64, pods: 4, slotsPerPod: 1, arrivals: 0.02, taskSeconds: 100, lostSeconds: 5 },
  ...{ sharedTasksASecond: Number.POSITIVE_INFINITY, seconds: 20_000, stepSeconds: 2, seed: 1 },
}

describe('sharing partitions', () => {
  test('is even to one, gives every partition to somebody, and moves no more than it must', () => {
    for (const pods of [1, 3, 10, 64, 100]) {
      const shares = assignEvenly([], 64, pods)
      const counts = Array.from({ length: pods }, (_, pod) => shares.filter((each) => each === pod).length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      expect(counts.reduce((a, b) => a + b)).toBe(64)
      const more = assignEvenly(shares, 64, pods + 1)
      expect(moved(shares, more).size).toBe(more.filter((pod) => pod === pods).length)
    }
  })
})

describe('the simulation', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(simulate(calm)).toEqual(simulate(calm))
    expect(simulate({ ...calm, seed: 2 })).not.toEqual(simulate(calm))
  })
  test('loses nothing: what came is done, waits, or is in a slot', () => {
    const { arrived, done, waiting } = simulate({ ...calm, arrivals: 0.2 })
    expect(arrived - done - waiting).toBeGreaterThanOrEqual(0)
    expect(arrived - done - waiting).toBeLessThanOrEqual(calm.pods)
  })
  test('does no more than its slots can', () => {
    const { done } = simulate({ ...calm, arrivals: 1 })
    expect(done).toBeLessThanOrEqual((calm.pods * calm.seconds) / calm.taskSeconds)
    expect(done).toBeGreaterThan((0.93 * calm.pods * calm.seconds) / calm.taskSeconds)
  })
  test('leaves pods beyond the partitions idle', () => {
    expect(simulate({ ...calm, pods: 100, seconds: 1_000 }).idlePods).toBe(36)
    expect(simulate({ ...calm, pods: 64, seconds: 1_000 }).idlePods).toBe(0)
  })
  test('lets no more through than the shared path does', () => {
    const capped = simulate({ ...calm, taskSeconds: 4, arrivals: 0.9, sharedTasksASecond: 0.1 })
    expect(capped.done).toBeLessThan(0.12 * calm.seconds)
    expect(capped.done).toBeGreaterThan(0.08 * calm.seconds)
  })
  test('adds pods by lag after the time they take to start, and takes them away after the calm', () => {
    const autoscaling = {
      min: 1,
      max: 10,
      lagPerPod: 4,
      pollSeconds: 15,
      startSeconds: 60,
      cooldownSeconds: 600,
    }
    const burst = simulate({ ...calm, pods: 1, arrivals: 0.06, autoscaling })
    expect(burst.mostPods).toBeGreaterThan(3)
    expect(burst.mostPods).toBeLessThanOrEqual(10)
    expect(burst.done).toBeGreaterThan(2 * simulate({ ...calm, pods: 1, arrivals: 0.06 }).done)
    const slow = simulate({
      ...calm,
      pods: 1,
      arrivals: 0.06,
      autoscaling: { ...autoscaling, startSeconds: 1_200 },
    })
    expect(slow.wait95).toBeGreaterThan(burst.wait95)
  })
})

describe('what the page says of scaling', () => {
  test('one node is held back by nothing', () => {
    expect(scaleRow('films', 1, node, f).heldBy).toEqual([])
    expect(scaleRow('pictures', 1, node, f).heldBy).toEqual([])
  })
  test('a hundred are: films by the partitions of their topic, pictures by the shared path too', () => {
    expect(scaleRow('films', 100, node, f).heldBy).toEqual(['partitions'])
    expect(scaleRow('pictures', 100, node, f).heldBy).toEqual(['partitions', 'the shared path'])
  })
  test('ten make films wait for their own pod while another is free, and one queue for all would not', () => {
    const row = scaleRow('films', 10, node, f)
    expect(row.heldBy).toEqual(['a queue for each pod'])
    expect(row.pooled.wait95).toBeLessThan(row.outcome.wait95 / 4)
    expect(row.pooled.arrived).toBeGreaterThan(100)
  })
  test('a shared path ten times as fast is no longer to blame', () => {
    const fast = { ...f, projection_facts: 1e6, relay_facts: 1e6, redis_calls: 1e6 }
    expect(scaleRow('pictures', 100, node, fast).heldBy).toEqual(['partitions'])
  })
  test('pods that start slowly make films wait longer', () => {
    const [fast, slow] = scalingRows(node, f)
    expect(slow?.outcome.wait95).toBeGreaterThan(fast?.outcome.wait95 ?? Number.POSITIVE_INFINITY)
  })
})
