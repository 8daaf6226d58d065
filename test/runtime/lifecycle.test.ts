import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Room, runService, type ServiceOptions } from '#runtime/service/lifecycle.ts'
import { keptLog } from './silent.ts'

interface Told {
  readonly events: string[]
  readonly exits: number[]
}

const room = (told: Told, name: string, more: { done?: Promise<void>; stopMs?: number } = {}): Room => ({
  name,
  async start(signal) {
    told.events.push(`start ${name}`)
    signal.addEventListener('abort', () => told.events.push(`signal ${name}`), { once: true })
    return {
      ...(more.done ? { done: more.done } : {}),
      async [Symbol.asyncDispose]() {
        await sleep(more.stopMs ?? 1)
        told.events.push(`stop ${name}`)
      },
    }
  },
})

function service(rooms: (told: Told) => Room[], more: Partial<ServiceOptions> = {}) {
  const told: Told = { events: [], exits: [] }
  const signals = new EventEmitter()
  const running = runService({
    rooms: rooms(told),
    log: keptLog(),
    signals,
    graceMs: 5_000,
    exit: (code) => told.exits.push(code),
    onReady: () => told.events.push('ready'),
    ...more,
  })
  running.catch(() => undefined)
  return { told, signals, running }
}

test('rooms start in order and stop in reverse, each told only when its turn has come', async () => {
  const { told, signals, running } = service((t) => [room(t, 'a'), room(t, 'b')])
  await sleep(10)
  signals.emit('SIGTERM')
  await running
  expect(told.events).toEqual(['start a', 'start b', 'ready', 'signal b', 'stop b', 'signal a', 'stop a'])
  expect(told.exits).toEqual([])
  expect(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT')).toBe(0)
})

test('the second signal ends the process at once', async () => {
  const { told, signals, running } = service((t) => [room(t, 'slow', { stopMs: 60 })])
  await sleep(10)
  signals.emit('SIGINT')
  signals.emit('SIGINT')
  expect(told.exits).toEqual([130])
  await running
})

test('a stop that takes too long ends the process', async () => {
  const { told, signals, running } = service((t) => [room(t, 'slow', { stopMs: 80 })], { graceMs: 20 })
  await sleep(10)
  signals.emit('SIGTERM')
  await running
  expect(told.exits).toEqual([1])
})

test('a room that cannot start stops those that did, and its error is the outcome', async () => {
  const broken: Room = { name: 'broken', start: () => Promise.reject(new Error('port in use')) }
  const { told, running } = service((t) => [room(t, 'a'), broken, room(t, 'never')])
  await expect(running).rejects.toThrow('port in use')
  expect(told.events).toEqual(['start a', 'signal a', 'stop a'])
})

test('a room that ends by a bug stops the service, also while others are starting', async () => {
  const failing = Promise.reject(new Error('a bug'))
  const slow: Room = {
    name: 'slow',
    start: (signal) => sleep(30).then(() => room({ events: [], exits: [] }, 'x').start(signal)),
  }
  const { told, running } = service((t) => [room(t, 'a', { done: failing }), slow])
  await expect(running).rejects.toThrow('a bug')
  expect(told.events).toContain('stop a')
})

test('a room that ends by itself without an error is an error', async () => {
  const { running } = service((t) => [room(t, 'a', { done: sleep(5) })])
  await expect(running).rejects.toThrow('The room a ended by itself.')
})

test('a signal during the start stops what was started', async () => {
  const hanging: Room = {
    name: 'hanging',
    start: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  }
  const { told, signals, running } = service((t) => [room(t, 'a'), hanging])
  await sleep(10)
  signals.emit('SIGTERM')
  await running
  expect(told.events).toEqual(['start a', 'signal a', 'stop a'])
})

const drained = (told: Told): Room => {
  const plain = room(told, 'a')
  return {
    ...plain,
    start: async (signal) => ({
      ...(await plain.start(signal)),
      drain: async () => void told.events.push(`drain, told to stop: ${signal.aborted}`),
    }),
  }
}

test('a room is drained before it is told to stop, and only when a stop was asked for', async () => {
  const asked = service((t) => [drained(t)])
  await sleep(10)
  asked.signals.emit('SIGTERM')
  await asked.running
  expect(asked.told.events).toEqual(['start a', 'ready', 'drain, told to stop: false', 'signal a', 'stop a'])
  const broken = service((t) => [drained(t), room(t, 'b', { done: Promise.reject(new Error('a mistake')) })])
  await expect(broken.running).rejects.toThrow('a mistake')
  expect(broken.told.events.filter((event) => event.startsWith('drain'))).toEqual([])
})
