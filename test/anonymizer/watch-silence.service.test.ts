// Silence counted fairly, on real timers: by the time that a worker had, not by the time that passed.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { watchSilence } from '#anonymizer/worker/watch-silence.ts'

/** Watches with a processor clock of the test's own; says after how long it called, or that it did not. */
async function silentAfter(
  allowed: { processorMs: number; wallMs: number },
  used: () => number,
  during: (heard: () => void) => Promise<void>,
): Promise<boolean> {
  let called = false
  using watch = watchSilence(allowed, used, () => {
    called = true
  })
  await during(watch.heard)
  return called
}

test('a worker that waits is silent after the plain time, one that works after the processor time', async () => {
  const still = await silentAfter(
    { processorMs: 1e9, wallMs: 100 },
    () => 0,
    () => setTimeout(350),
  )
  expect(still).toBe(true)
  const began = performance.now()
  const busy = await silentAfter(
    { processorMs: 100, wallMs: 1e9 },
    () => performance.now() - began,
    () => setTimeout(900),
  )
  expect(busy).toBe(true)
  const starved = await silentAfter(
    { processorMs: 100, wallMs: 1e9 },
    () => 5,
    () => setTimeout(600),
  )
  expect(starved).toBe(false)
})

test('a sign of life begins the count again', async () => {
  const called = await silentAfter(
    { processorMs: 1e9, wallMs: 400 },
    () => 0,
    async (heard) => {
      for (let i = 0; i < 10; i++) {
        await setTimeout(80)
        heard()
      }
    },
  )
  expect(called).toBe(false)
})

test('time in which we were held up ourselves is not held against the worker', async () => {
  const called = await silentAfter(
    { processorMs: 1e9, wallMs: 1500 },
    () => 0,
    async () => {
      await setTimeout(300)
      const until = performance.now() + 2000
      while (performance.now() < until);
      await setTimeout(50)
    },
  )
  expect(called).toBe(false)
})
