import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureKind, PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import { afterFailure, retryDelayMs } from '#runtime/pump/pure/after-failure.ts'

const policy = { limit: 3, firstDelayMs: 100, maxDelayMs: 1_000 }
const after = (error: unknown, tries: number) => afterFailure(failureKind(error), tries, policy, 0.5)

test('a permanent failure is never tried again', () => {
  expect(after(new PermanentFailure('MEDIA_UNREADABLE', 'broken'), 1)).toEqual({
    do: 'dead',
    code: 'MEDIA_UNREADABLE',
    detail: 'broken',
  })
})

test('a transient failure is tried up to the limit and then dead', () => {
  const error = new TransientFailure('LEASE_HELD', 'held')
  expect([1, 2, 3].map((tries) => after(error, tries).do)).toEqual(['retry', 'retry', 'dead'])
})

test.each(['STORE_UNAVAILABLE', 'DISK_FULL'])('%s is waited out without a limit', (code) => {
  expect(after(new TransientFailure(code, 'away'), 1_000_000)).toMatchObject({ do: 'retry', afterMs: 750 })
})

test('anything else stops everything', () => {
  const error = new TypeError('a bug')
  expect(after(error, 1)).toEqual({ do: 'stop', error })
})

test('delays double up to the maximum and lie in the upper half of it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, chance) => {
        const full = Math.min(1_000, 100 * 2 ** (tries - 1))
        const delay = retryDelayMs(policy, tries, chance)
        expect(delay).toBeGreaterThanOrEqual(full / 2)
        expect(delay).toBeLessThanOrEqual(full)
      },
    ),
  )
})
