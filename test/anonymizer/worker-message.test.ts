// What a worker says is believed only in the shapes we know; what it says of a failure shows no path.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureAnswer } from '#anonymizer/worker/failure-answer.ts'
import { readWorkerMessage } from '#anonymizer/worker/worker-message.ts'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'

const report = { faces: 1, plates: 0, frames: 1, outputExtension: '.jpg', facts: { kept: true } }

test('every message of the protocol is read as it was said', () => {
  for (const message of [
    { say: 'ready', executionProvider: 'cpu' },
    { say: 'unfit', code: 'MODEL_NOT_AVAILABLE', detail: 'x' },
    { say: 'sized', id: 'a', pixels: 12 },
    { say: 'progress', id: 'a', progress: 0.5, framesPerSecond: null, etaSeconds: 3 },
    { say: 'stage', id: 'a', stage: 'detect and render' },
    { say: 'done', id: 'a', report },
    { say: 'failed', id: 'a', code: 'MEDIA_UNREADABLE', detail: 'x' },
  ])
    expect(readWorkerMessage(message)).toEqual({ verdict: 'ok', message })
})

test.each([
  [{ say: 'done', id: 'a', report: { ...report, faces: -1 } }],
  [{ say: 'done', id: 'a', report: { ...report, faces: 1.5 } }],
  [{ say: 'done', id: 'a', report: { ...report, outputExtension: '/../etc' } }],
  [{ say: 'done', id: 'a', report: { ...report, facts: { x: { y: 1 } } } }],
  [
    {
      say: 'done',
      id: 'a',
      report: { ...report, facts: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, 1])) },
    },
  ],
  [{ say: 'progress', id: 'a', progress: 2, framesPerSecond: null, etaSeconds: null }],
  [{ say: 'progress', id: 'a', progress: null, framesPerSecond: null, etaSeconds: null }],
  [{ say: 'stage', id: 'a', stage: 'a name of its own' }],
  [{ say: 'failed', id: 'a', code: 'lower case', detail: '' }],
  [{ say: 'sized', id: 'a', pixels: Number.MAX_VALUE }],
  [{ say: 'ready', executionProvider: 'cpu', more: 1 }],
])('%j is garbage', (message) => {
  expect(readWorkerMessage(message).verdict).toBe('garbage')
})

test('no value at all makes the reader throw, and no text comes through at full length', () => {
  fc.assert(fc.property(fc.anything(), (value) => void readWorkerMessage(value)))
  const read = readWorkerMessage({ say: 'failed', id: 'a', code: 'INTERNAL', detail: 'x'.repeat(1e5) })
  expect(read).toMatchObject({ verdict: 'ok' })
  expect(JSON.stringify(read).length).toBeLessThan(700)
})

test('a failure keeps its code when it is one of ours, and its words without any path', () => {
  expect(failureAnswer(new PermanentFailure('MEDIA_CODEC', 'no decoder for av2'))).toEqual({
    code: 'MEDIA_CODEC',
    detail: 'no decoder for av2',
  })
  expect(failureAnswer(new TransientFailure('DISK_FULL', 'The disk is full.')).code).toBe('DISK_FULL')
  const full = Object.assign(new Error('ENOSPC: /srv/slots/0/task/output.mp4'), { code: 'ENOSPC' })
  expect(failureAnswer(full)).toEqual({ code: 'DISK_FULL', detail: 'The disk is full.' })
  const told = failureAnswer(
    new PermanentFailure('MEDIA_UNREADABLE', "opening '/data/pool/slots/0/task/input.mp4': bad"),
  )
  expect(told.detail).not.toContain('/')
})

test('anything else is a mistake of ours that tells nothing', () => {
  for (const error of [
    new TypeError('x of undefined at /a/b'),
    new PermanentFailure('NOT_OURS', 'x'),
    'x',
    undefined,
  ])
    expect(failureAnswer(error)).toEqual({ code: 'INTERNAL', detail: 'A mistake of ours.' })
})
