// Waiting leaves nothing behind: a service waits millions of times on the one signal that stops it.
import { getEventListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { pause } from '#runtime/pause.ts'
import { Wakeup } from '#runtime/wakeup.ts'

test('a wait that ends by its time, by a wake or by a stop leaves no listener on the signal', async () => {
  const stop = new AbortController()
  const wakeup = new Wakeup()
  for (let round = 0; round < 20; round++) await wakeup.wait(1, stop.signal)
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)

  const woken = wakeup.wait(60_000, stop.signal)
  wakeup.wake()
  await woken
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)

  const stopped = wakeup.wait(60_000, stop.signal)
  stop.abort()
  await stopped
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
})

test('a pause leaves no listener on the signal, however it ends', async () => {
  const stop = new AbortController()
  await pause(1, stop.signal)
  const stopped = pause(60_000, stop.signal)
  await setTimeout(1)
  stop.abort()
  await stopped
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
})

test('a wake before the wait is kept, and only once', async () => {
  const wakeup = new Wakeup()
  const signal = new AbortController().signal
  wakeup.wake()
  wakeup.wake()
  await wakeup.wait(60_000, signal)
  const started = performance.now()
  await wakeup.wait(30, signal)
  expect(performance.now() - started).toBeGreaterThan(20)
})
