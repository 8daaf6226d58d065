import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVENT_STREAM_TIMES, jobEvents, OpenStreams } from '#gateway/event-stream.ts'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { TransientFailure } from '#runtime/failure.ts'
import type { JobBody } from '#schemas/http/job-bodies.ts'
import { call } from '../e2e/rest.ts'
import { extract, pack, settle, startTask, until } from './backstage.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { KEYED, keyOf } from './keyed-accounts.ts'

let world: GatewayWorld
let gateway: RunningGateway
beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start({ accounts: KEYED, limits: { eventStreams: 3, eventStreamsPerAccount: 2 } })
})
afterAll(() => world[Symbol.asyncDispose]())

const as = (id: string) => (method: string, path: string, body?: unknown) =>
  call(gateway.address, method, path, body, keyOf(id))
const bert = as('bert')
const submit = async (file_path = 'a.jpg', who = bert, model = 'blur'): Promise<string> =>
  (await who('POST', '/process_file', { file_path, model, model_config: {}, user_tag: 'tag' })).body.job_id
const status = async (jobId: string) => (await bert('GET', `/job_status/${jobId}`)).body
const openEvents = (jobId: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(new URL(`/job_events/${jobId}`, gateway.address), {
    headers: { ...keyOf('bert'), ...headers },
    ...(signal === undefined ? {} : { signal }),
  })

describe('the status', () => {
  test('goes from waiting over queued and processing to completed, with counts, cost and progress', async () => {
    const jobId = await submit('c.zip')
    expect(await status(jobId)).toMatchObject({
      status: 0,
      progress: 0,
      total_credit_cost: null,
      failure: null,
    })
    const refused = { code: 'ARCHIVE_NESTED', detail: 'The member is itself an archive' }
    await extract(world, jobId, [{ name: '1.jpg' }, { name: '2.jpg' }, { name: '3.zip', refused }], 'zip')
    expect(await status(jobId)).toMatchObject({
      status: 0,
      total_credit_cost: 2,
      estimated_seconds: 1.5,
      has_errors: true,
    })
    await bert('POST', `/approve_job/${jobId}`)
    expect((await status(jobId)).status).toBe(1)
    await startTask(world, jobId, 0)
    await until(async () => (await status(jobId)).status === 2)
    await settle(world, jobId, 0)
    await settle(world, jobId, 1, { how: 'failed' })
    await until(async () => (await status(jobId)).counts.failed === 2)
    await pack(world, jobId)
    await until(async () => (await status(jobId)).status === 3)
    expect(await status(jobId)).toMatchObject({ progress: 1, has_errors: true, is_approved: true })
  })

  test('of a failed task tells the code; of a job in work the report is there too', async () => {
    const jobId = await submit('c.zip')
    await extract(world, jobId, [{ name: '1.jpg' }, { name: '2.jpg' }], 'zip')
    await bert('POST', `/approve_job/${jobId}`)
    await settle(world, jobId, 1, { how: 'failed' })
    const report = async () => (await bert('GET', `/v1/get_job_result/${jobId}`)).body
    await until(async () => (await report()).counts.failed === 1)
    expect(await report()).toMatchObject({
      user_tag: 'tag',
      model_config: { blur_face: true },
      download_url: null,
      finished_at: null,
      tasks: [
        { file_name: '1.jpg', task_status: 1, failure: null, download_url: null },
        {
          file_name: '2.jpg',
          task_status: 5,
          failure: { code: 'MEDIA_UNREADABLE', detail: 'The picture is damaged' },
        },
      ],
    })
  })

  test('is 503 while the views are being built anew, not 404', async () => {
    const jobId = await submit()
    const readMany = async (docs: readonly string[]) => docs.map(() => undefined)
    const blind = await world.start({
      accounts: KEYED,
      parts: { views: { ...world.stores.views, readMany } },
    })
    for (const path of [`/job_status/${jobId}`, '/jobs', `/job_result/${jobId}`])
      expect((await call(blind.address, 'GET', path, undefined, keyOf('bert'))).body.code).toBe(
        'VIEWS_REBUILDING',
      )
    expect((await call(blind.address, 'GET', '/readyz')).body).toMatchObject({
      parts: { views: 'down', decisions: 'ok' },
    })
  })
})

describe('the list of jobs', () => {
  test('is newest first, keeps its pages while jobs come in, and ends', async () => {
    const carl = as('carl')
    const made: string[] = []
    for (let round = 0; round < 25; round += 1) made.push(await submit('a.jpg', carl))
    await until(async () => (await carl('GET', '/jobs?limit=200')).body.jobs.length === 25)
    const seen: string[] = []
    let path: string | null = '/jobs?limit=7'
    for (let pages = 0; path !== null; pages += 1) {
      const { body }: { body: { jobs: JobBody[]; next_cursor: string | null } } = await carl('GET', path)
      seen.push(...body.jobs.map((job) => job.job_id))
      await submit('a.jpg', carl)
      expect(pages).toBeLessThan(5)
      path = body.next_cursor === null ? null : `/jobs?limit=7&cursor=${body.next_cursor}`
    }
    expect(new Set(seen)).toEqual(new Set(made))
    expect(seen).toHaveLength(25)
    const times = await carl('GET', '/jobs?limit=200')
    const created = times.body.jobs.map((job: JobBody) => job.created_at)
    expect(created).toEqual(created.toSorted().toReversed())
  })

  test('is filtered by status, model and time, and shows nobody else’s', async () => {
    const before = new Date().toISOString()
    await new Promise((resolve) => setTimeout(resolve, 5))
    const [one, two] = [await submit(), await submit('a.jpg', bert, 'syn')]
    await bert('POST', `/cancel_job/${one}`)
    const ids = async (query: string, who = bert) => {
      const { body } = await who('GET', `/jobs?created_from=${before}&${query}`)
      return body.jobs.map((job: JobBody) => job.job_id)
    }
    await until(async () => (await ids('')).length === 2)
    expect(await ids('status=4')).toEqual([one])
    expect(await ids('status=0&model=syn')).toEqual([two])
    expect(await ids('model=blur')).toEqual([one])
    expect(await ids(`created_to=${before}`)).toEqual([])
    expect(await ids('created_to=2100-01-01')).toEqual([two, one])
    expect(await ids('', as('anna'))).toEqual([])
  })

  test.each([
    ['status=9', 'status'],
    ['status=x', 'status'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['model=mosaic', 'model'],
    ['created_from=yesterday', 'created_from'],
    ['cursor=made-up', 'cursor'],
    ['page=2', 'page'],
  ])('refuses ?%s and says where', async (query, place) => {
    const answer = await bert('GET', `/jobs?${query}`)
    expect([answer.status, answer.body.detail[0].loc]).toEqual([422, ['query', place]])
  })
})

describe('the event stream', () => {
  test('tells every change and ends with the job', async () => {
    const jobId = await submit()
    const response = await openEvents(jobId)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ])
    await extract(world, jobId, [{ name: 'a.jpg' }])
    await bert('POST', `/approve_job/${jobId}`)
    await new Promise((resolve) => setTimeout(resolve, 600))
    await settle(world, jobId, 0)
    const text = await response.text()
    const states = [...text.matchAll(/event: status\ndata: (.*)\n/g)].map(
      (match) => JSON.parse(match[1] ?? '').status,
    )
    expect(states[0]).toBe(0)
    expect(states).toContain(1)
    expect(states.at(-1)).toBe(3)
    expect(text.trimEnd().split('\n\n').at(-1)).toMatch(/^id: end\nevent: end\ndata: \{/)
    expect((await openEvents(jobId, { 'last-event-id': 'end' })).status).toBe(204)
  })

  test('is refused beyond the limit of streams, and a closed one makes room', async () => {
    const jobId = await submit()
    const stop = new AbortController()
    const open = [await openEvents(jobId, {}, stop.signal), await openEvents(jobId, {}, stop.signal)]
    expect(open.map((response) => response.status)).toEqual([200, 200])
    const third = await openEvents(jobId)
    expect([third.status, ((await third.json()) as { code: string }).code]).toEqual([429, 'TOO_MANY_STREAMS'])
    expect(third.headers.get('retry-after')).toBe('10')
    stop.abort()
    await until(async () => {
      const again = await openEvents(jobId)
      await again.body?.cancel()
      return again.status === 200
    })
  })

  test('of a deleted job says so and ends; of an unknown one it is 404', async () => {
    const jobId = await submit()
    const response = await openEvents(jobId)
    await bert('POST', `/cancel_job/${jobId}`)
    await response.text()
    expect((await openEvents(crypto.randomUUID())).status).toBe(404)
  })

  test('ends when the gateway is closed', async () => {
    const other = await world.start({ accounts: KEYED })
    const jobId = await submit()
    const response = await fetch(new URL(`/job_events/${jobId}`, other.address), { headers: keyOf('bert') })
    const text = response.text()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await other.close()
    expect(await text).toContain('event: status')
  })
})

describe('the text of a stream', () => {
  const waiting = { status: 0, eta_seconds: null } as unknown as JobBody
  const collect = async (looks: (JobBody | undefined | 'away')[], nowMs = () => 0) => {
    const look = async () => {
      const next = looks.length > 1 ? looks.shift() : looks[0]
      if (next === 'away') throw new TransientFailure('STORE_UNAVAILABLE', 'away')
      return next
    }
    const times = { ...EVENT_STREAM_TIMES, pollMs: 1 }
    const parts = []
    for await (const part of jobEvents(look, { now: nowMs, times, signal: AbortSignal.timeout(500) }))
      parts.push(part)
    return parts
  }

  test('repeats nothing that has not changed, waits for a store that is away, and beats like a heart', async () => {
    let clock = 0
    const parts = await collect(
      [
        waiting,
        { ...waiting, eta_seconds: 4 },
        'away',
        ...Array.from({ length: 8 }, () => waiting),
        { ...waiting, status: 3 },
      ],
      () => (clock += 3_000),
    )
    expect(parts.filter((part) => part.includes('event: status'))).toHaveLength(2)
    expect(parts.filter((part) => part.startsWith(':')).length).toBeGreaterThan(0)
    expect(parts.at(-1)).toContain('event: end')
  })

  test('of a job that is deleted meanwhile ends with that', async () => {
    expect((await collect([waiting, undefined])).at(-1)).toContain('event: deleted')
  })

  test('a place among the streams is given back once', () => {
    const streams = new OpenStreams({ all: 2, perAccount: 1 })
    const giveBack = streams.take('a')
    expect([streams.take('a'), streams.size]).toEqual([undefined, 1])
    giveBack?.()
    giveBack?.()
    expect(streams.size).toBe(0)
    expect(
      [streams.take('a'), streams.take('b'), streams.take('c')].map((place) => place !== undefined),
    ).toEqual([true, true, false])
  })
})
