import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { TransientFailure } from '#runtime/failure.ts'
import type { JobBody } from '#schemas/http/job-bodies.ts'
import { taskId } from '#schemas/ids.ts'
import { JOBS } from '#schemas/topics.ts'
import { viewsReadyDoc } from '#schemas/views.ts'
import { call } from '../e2e/rest.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { KEYED, keyOf } from './keyed-accounts.ts'

let world: GatewayWorld
let one: RunningGateway
beforeAll(async () => {
  world = await openGatewayWorld()
  one = await world.start({ accounts: KEYED })
})
afterAll(() => world[Symbol.asyncDispose]())

const submit = async (): Promise<string> =>
  (await call(one.address, 'POST', '/process_file', { file_path: 'a.jpg', model_config: {} }, keyOf('bert')))
    .body.job_id
const factsOf = async (jobId: string, type: string) => {
  let count = 0
  for await (const record of world.stores.bus.readAll(JOBS.name)) {
    const event = await world.codec.decode(record)
    if (event.type === type && event.job_id === jobId) count += 1
  }
  return count
}

describe('a decision', () => {
  test('whose fact does not reach the bus is 503 with Retry-After, stands, and is confirmed by repeating it', async () => {
    let blocked = true
    const flushed = (ids: readonly string[], signal: AbortSignal) =>
      blocked && ids.length > 0
        ? new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : world.relay.flushed(ids, signal)
    const parts = { relay: { wake: () => undefined, flushed }, confirmWithinMs: 100 }
    const slow = await world.start({ accounts: KEYED, parts })
    const body = { file_path: 'a.jpg', model_config: {} }
    const post = () =>
      call(slow.address, 'POST', '/process_file', body, { ...keyOf('bert'), 'idempotency-key': 'late' })
    const late = await post()
    expect([late.status, late.body.code, late.headers.get('retry-after')]).toEqual([
      503,
      'NOT_CONFIRMED',
      '5',
    ])
    blocked = false
    const again = await post()
    expect(again.status).toBe(200)
    expect(await factsOf(again.body.job_id, 'JobSubmitted')).toBe(1)
  })

  test('repeated while its fact still waits is 503 again, not a premature yes', async () => {
    const jobId = await submit()
    await call(one.address, 'POST', `/cancel_job/${jobId}`, undefined, keyOf('bert'))
    const stuck = {
      id: 'stuck',
      addedAtMs: 0,
      message: { topic: JOBS.name, key: jobId, value: Buffer.from(''), headers: {} },
    }
    const flushed = (ids: readonly string[], signal: AbortSignal) =>
      ids.includes('stuck')
        ? new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : Promise.resolve()
    const slow = await world.start({
      accounts: KEYED,
      parts: {
        store: { ...world.stores.store, outbox: async () => [stuck] },
        relay: { wake: () => undefined, flushed },
        confirmWithinMs: 50,
      },
    })
    const again = await call(slow.address, 'POST', `/cancel_job/${jobId}`, undefined, keyOf('bert'))
    expect([again.status, again.body.code]).toEqual([503, 'NOT_CONFIRMED'])
    const other = await submit()
    expect((await call(slow.address, 'POST', `/cancel_job/${other}`, undefined, keyOf('bert'))).status).toBe(
      200,
    )
  })

  test('is seen at once, even by views that have not heard of it', async () => {
    const ready = { since_ms: '0' }
    const [open, cancelled, deleted] = [await submit(), await submit(), await submit()]
    for (const jobId of [cancelled, deleted])
      await call(one.address, 'POST', `/cancel_job/${jobId}`, undefined, keyOf('bert'))
    await call(one.address, 'DELETE', `/delete_job/${deleted}`, undefined, keyOf('bert'))
    const behind = await world.start({
      accounts: KEYED,
      parts: {
        views: {
          ...world.stores.views,
          readMany: async (docs) => docs.map((doc) => (doc === viewsReadyDoc ? ready : undefined)),
          count: async () => 0,
          members: async (set) =>
            set.startsWith('account:')
              ? [open, cancelled, deleted].map((member) => ({ member, score: 1 }))
              : [],
        },
      },
    })
    const get = (path: string) => call(behind.address, 'GET', path, undefined, keyOf('bert'))
    expect((await get(`/job_status/${open}`)).body).toMatchObject({
      status: 0,
      input_file: 'a.jpg',
      cancelled: false,
    })
    expect((await get(`/job_status/${cancelled}`)).body).toMatchObject({ status: 4, cancelled: true })
    expect((await get(`/job_status/${deleted}`)).status).toBe(404)
    expect((await get(`/task_status/${taskId(cancelled, 0)}`)).body).toMatchObject({
      task_status: 4,
      file_name: 'a.jpg',
    })
    const listed = (await get('/jobs')).body.jobs.map((job: JobBody) => [job.job_id, job.status])
    expect(listed).toEqual([
      [open, 0],
      [cancelled, 4],
    ])
  })

  test('is 503 with Retry-After when the store is away, and no word of the inside is told', async () => {
    const away = async () => {
      throw new TransientFailure('STORE_UNAVAILABLE', 'A store does not answer.')
    }
    const bug = async () => {
      throw new TypeError('cannot read /srv/secret of undefined')
    }
    const broken = await world.start({
      accounts: KEYED,
      parts: { store: { ...world.stores.store, getMany: away } },
    })
    const jobId = await submit()
    for (const [method, path] of [
      ['GET', 'job_status'],
      ['POST', 'approve_job'],
      ['POST', 'cancel_job'],
      ['DELETE', 'delete_job'],
    ]) {
      const answer = await call(broken.address, method ?? '', `/${path}/${jobId}`, undefined, keyOf('bert'))
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        503,
        'STORE_UNAVAILABLE',
        '5',
      ])
    }
    const buggy = await world.start({
      accounts: KEYED,
      parts: { store: { ...world.stores.store, getMany: bug } },
    })
    const answer = await call(buggy.address, 'GET', `/job_status/${jobId}`, undefined, {
      ...keyOf('bert'),
      'x-request-id': 'find-me',
    })
    expect([answer.status, answer.body.code, answer.headers.get('x-request-id')]).toEqual([
      500,
      'INTERNAL',
      'find-me',
    ])
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|TypeError|at /)
    expect(
      world.log.lines.some(({ level, fields }) => level === 'error' && fields.request_id === 'find-me'),
    ).toBe(true)
  })

  test('is 503 within the limit when a store never answers', async () => {
    const never = () => new Promise<never>(() => undefined)
    const hung = await world.start({
      accounts: KEYED,
      limits: { answerWithinMs: 200 },
      parts: { store: { ...world.stores.store, getMany: never } },
    })
    const jobId = await submit()
    for (const [method, path] of [
      ['GET', 'job_status'],
      ['POST', 'cancel_job'],
      ['GET', 'download_job'],
      ['GET', 'job_events'],
    ] as const) {
      const answer = await call(hung.address, method, `/${path}/${jobId}`, undefined, keyOf('bert'))
      expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'NO_ANSWER_IN_TIME'])
      expect(answer.headers.get('retry-after')).toBe('5')
    }
  })
})
