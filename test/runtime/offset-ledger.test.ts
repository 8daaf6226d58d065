import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetLedger } from '#runtime/pump/pure/offset-ledger.ts'

const offsets = fc
  .uniqueArray(fc.bigInt({ min: 0n, max: 200n }), { minLength: 1, maxLength: 40 })
  .map((all) => all.toSorted((a, b) => (a < b ? -1 : 1)))

test('whatever the order of finishing, no unfinished offset lies below what may be committed', () => {
  fc.assert(
    fc.property(offsets, fc.array(fc.nat(), { maxLength: 60 }), (taken, picks) => {
      const ledger = new OffsetLedger()
      for (const offset of taken) ledger.take(offset)
      const finished = new Set<bigint>()
      let before = -1n
      for (const pick of picks) {
        const offset = taken[pick % taken.length] ?? 0n
        ledger.finish(offset)
        finished.add(offset)
        const lowest = taken.find((o) => !finished.has(o))
        const committable = ledger.committable ?? -1n
        expect(committable).toBeGreaterThanOrEqual(before)
        if (lowest !== undefined) expect(committable).toBeLessThanOrEqual(lowest)
        before = committable
      }
      expect(ledger.unfinished).toBe(taken.length - finished.size)
    }),
  )
})

test('when all taken offsets are finished, everything up to the last one may be committed', () => {
  fc.assert(
    fc.property(offsets, fc.infiniteStream(fc.nat()), (taken, chances) => {
      const ledger = new OffsetLedger()
      const rest = [...taken]
      for (const offset of taken) ledger.take(offset)
      while (rest.length > 0) {
        const at = (chances.next().value ?? 0) % rest.length
        ledger.finish(rest.splice(at, 1)[0] ?? 0n)
      }
      expect(ledger.committable).toBe((taken.at(-1) ?? 0n) + 1n)
    }),
  )
})

test('as soon as the lowest offsets are finished they may be committed, before the higher ones', () => {
  const ledger = new OffsetLedger()
  for (const offset of [3n, 5n, 9n]) ledger.take(offset)
  expect(ledger.committable).toBeUndefined()
  ledger.finish(5n)
  expect(ledger.committable).toBeUndefined()
  ledger.finish(3n)
  expect(ledger.committable).toBe(6n)
  ledger.take(12n)
  ledger.finish(9n)
  expect(ledger.committable).toBe(10n)
})

test('an offset that does not continue the earlier ones is refused, also after all were finished', () => {
  const ledger = new OffsetLedger()
  ledger.take(4n)
  expect(() => ledger.take(4n)).toThrow(RangeError)
  ledger.finish(4n)
  expect(ledger.continues(4n)).toBe(false)
  expect(() => ledger.take(2n)).toThrow(RangeError)
  expect(ledger.continues(5n)).toBe(true)
})
