import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assignPartitions } from '#runtime/bus/pure/assign-partitions.ts'
import { partitionOfKey } from '#runtime/sqlite/pure/partition-of-key.ts'

const membership = fc.array(fc.subarray(['a', 'b', 'c', 'd', 'e']), { minLength: 1, maxLength: 12 })

test('after any comings and goings each partition has one owner and shares differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), membership, (partitions, steps) => {
      let owners: readonly (string | undefined)[] = Array.from({ length: partitions }, () => undefined)
      for (const members of steps) {
        owners = assignPartitions(owners, members)
        if (members.length === 0) {
          expect(owners.every((owner) => owner === undefined)).toBe(true)
          continue
        }
        const counts = members.map((member) => owners.filter((owner) => owner === member).length)
        expect(counts.reduce((sum, n) => sum + n, 0)).toBe(partitions)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }
    }),
  )
})

test('a member that joins takes only its share; nothing moves between the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 }), (partitions, count) => {
      const members = Array.from({ length: count }, (_, i) => `m${i}`)
      const before = assignPartitions(
        Array.from({ length: partitions }, () => undefined),
        members,
      )
      const after = assignPartitions(before, [...members, 'new'])
      for (const [i, owner] of after.entries()) if (owner !== 'new') expect(owner).toBe(before[i])
    }),
  )
})

test('keys of the same kind spread evenly over the partitions', () => {
  const counts = Array.from({ length: 64 }, () => 0)
  for (let i = 0; i < 6_400; i += 1) {
    const partition = partitionOfKey(`0193a1b2-${i.toString(16).padStart(4, '0')}-7abc`, 64)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(50)
  expect(Math.max(...counts)).toBeLessThan(170)
})
