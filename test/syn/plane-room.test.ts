import { describe, expect, test } from 'vitest'
import { inRoom, unwritten, zeroed } from '#anonymizer/syn/pure/plane-room.ts'

describe('room for planes', () => {
  test('is used again by the next work, and a plane of noughts is one also then', () => {
    const first = inRoom(() => unwritten(1000).fill(7))
    inRoom(() => {
      const next = unwritten(1000)
      expect(next.buffer).toBe(first.buffer)
      expect(next.byteOffset).toBe(first.byteOffset)
      expect(next[0]).toBe(7)
    })
    expect(inRoom(() => zeroed(1000).every((value) => value === 0))).toBe(true)
  })
  test('is parted between the planes of one work, also within each other, and beyond a block', () => {
    inRoom(() => {
      const sizes = [10, 700_000, 700_000, 3_000_000, 20]
      const planes = sizes.map((size, i) => unwritten(size).fill(i))
      const inner = inRoom(() => unwritten(30).fill(9))
      planes.forEach((plane, i) => {
        expect(plane).toHaveLength(sizes[i] ?? 0)
        expect(plane[0]).toBe(i)
        expect(plane.at(-1)).toBe(i)
      })
      expect(unwritten(30).byteOffset).toBe(inner.byteOffset)
    })
  })
  test('is left when its work fails; outside of it every plane is its own', () => {
    expect(() =>
      inRoom(() => {
        throw new RangeError('no')
      }),
    ).toThrow(RangeError)
    const [a, b] = [zeroed(8), unwritten(8)]
    expect(a.buffer).not.toBe(b.buffer)
    expect(a.buffer.byteLength).toBe(32)
  })
})
