import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicAddress } from '#gateway/public-address.ts'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { taskId } from '#schemas/ids.ts'
import { jobPrefix } from '#schemas/object-keys.ts'
import { call } from '../e2e/rest.ts'
import { DOCUMENT, extract, pack, RESULT, settle, until } from './backstage.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { KEYED, keyOf } from './keyed-accounts.ts'

let world: GatewayWorld
let gateway: RunningGateway
let jobId: string
let pending: string
let nowMs = Date.now()
const bert = (method: string, path: string, body?: unknown) =>
  call(gateway.address, method, path, body, keyOf('bert'))
const fetchAs = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(new URL(path, gateway.address), { method, headers: { ...keyOf('bert'), ...headers } })
const submit = async (file_path: string): Promise<string> =>
  (await bert('POST', '/process_file', { file_path, model_config: {} })).body.job_id

beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start({ accounts: KEYED, clock: { now: () => nowMs }, limits: { linkSeconds: 60 } })
  jobId = await submit('c.zip')
  await extract(world, jobId, [{ name: 'Zürich "quoted".JPG' }, { name: '2.jpg' }, { name: '3.jpg' }], 'rar')
  await bert('POST', `/approve_job/${jobId}`)
  await settle(world, jobId, 0)
  await settle(world, jobId, 1, { how: 'failed' })
  await settle(world, jobId, 2)
  await pack(world, jobId)
  pending = await submit('a.jpg')
  await until(async () => (await bert('GET', `/job_status/${jobId}`)).body.status === 3)
})
afterAll(() => world[Symbol.asyncDispose]())

const report = async () => (await bert('GET', `/job_result/${jobId}`)).body

describe('a download', () => {
  test('by key is the whole file with its name, type and hash, and nothing may keep or run it', async () => {
    const response = await fetchAs(`/download/${taskId(jobId, 0)}`)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(RESULT)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(RESULT.length),
      'content-disposition': `attachment; filename="Z_rich _quoted_.jpg"; filename*=UTF-8''Z%C3%BCrich%20_quoted_.jpg`,
      'accept-ranges': 'bytes',
      etag: `"${'ab'.repeat(32)}"`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    })
  })

  test('serves ranges, honours If-Range, and tells the size of what it cannot serve', async () => {
    const path = `/download/${taskId(jobId, 0)}`
    const part = await fetchAs(path, { range: 'bytes=2-4' })
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      '234',
      `bytes 2-4/${RESULT.length}`,
    ])
    const tail = await fetchAs(path, { range: 'bytes=-3', 'if-range': `"${'ab'.repeat(32)}"` })
    expect([tail.status, await tail.text()]).toEqual([206, 'ure'])
    const changed = await fetchAs(path, { range: 'bytes=2-4', 'if-range': '"another"' })
    expect([changed.status, (await changed.text()).length]).toEqual([200, RESULT.length])
    const behind = await fetchAs(path, { range: 'bytes=999-' })
    expect([behind.status, behind.headers.get('content-range')]).toEqual([416, `bytes */${RESULT.length}`])
    const head = await fetchAs(path, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(RESULT.length),
      '',
    ])
  })

  test('of an archive is its packed results, of a single file its one result, of a task also its detections', async () => {
    const packed = await fetchAs(`/download_job/${jobId}`)
    expect([await packed.text(), packed.headers.get('content-type')]).toEqual([
      RESULT.toString(),
      'application/zip',
    ])
    expect(packed.headers.get('content-disposition')).toContain('filename="c.zip"')
    const single = await submit('a.jpg')
    await extract(world, single, [{ name: 'a.jpg' }])
    await bert('POST', `/approve_job/${single}`)
    await settle(world, single, 0)
    await until(async () => (await fetchAs(`/download_job/${single}`)).status === 200)
    expect((await fetchAs(`/download_job/${single}`)).headers.get('content-type')).toBe('image/jpeg')
    const document = await fetchAs(`/v1/detections/${taskId(jobId, 0)}`)
    expect([await document.text(), document.headers.get('content-type')]).toEqual([
      DOCUMENT.toString(),
      'application/json',
    ])
    expect(document.headers.get('content-disposition')).toContain('.detections.json"')
  })

  test('that is not there yet, or never will be, says which', async () => {
    const code = async (path: string) => (await bert('GET', path)).body.code
    expect(await code(`/download/${taskId(pending, 0)}`)).toBe('RESULT_NOT_READY')
    expect(await code(`/download_job/${pending}`)).toBe('RESULT_NOT_READY')
    expect(await code(`/download/${taskId(jobId, 1)}`)).toBe('RESULT_NONE')
    const gone = await submit('c.zip')
    await bert('POST', `/cancel_job/${gone}`)
    expect(await code(`/download_job/${gone}`)).toBe('RESULT_NONE')
  })

  test('whose bytes are gone is 404 with a code', async () => {
    const lost = await submit('a.jpg')
    await extract(world, lost, [{ name: 'a.jpg' }])
    await bert('POST', `/approve_job/${lost}`)
    await settle(world, lost, 0)
    await until(async () => (await bert('GET', `/job_status/${lost}`)).body.status === 3)
    await world.objects.deletePrefix(jobPrefix(lost))
    const answer = await bert('GET', `/download_job/${lost}`)
    expect([answer.status, answer.body.code]).toEqual([404, 'OBJECT_MISSING'])
  })
})

describe('a signed link', () => {
  test('opens its file without a key until it expires', async () => {
    const { tasks, download_url, links_expire_at, credits_spent } = await report()
    expect(credits_spent).toBe(0)
    expect(Date.parse(links_expire_at) - nowMs).toBeLessThanOrEqual(60_000)
    for (const [link, bytes] of [
      [tasks[0].download_url, RESULT],
      [tasks[0].detections_url, DOCUMENT],
      [download_url, RESULT],
    ]) {
      expect(link.startsWith(gateway.address)).toBe(true)
      expect(await (await fetch(link)).text()).toBe(bytes.toString())
    }
    expect(tasks[1]).toMatchObject({ download_url: null, detections_url: null })
    nowMs += 61_000
    const late = await fetch(tasks[0].download_url)
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([403, 'LINK_EXPIRED'])
  })

  test('cannot be stretched, moved to another file, or made without the secret', async () => {
    const { tasks } = await report()
    const link = new URL(tasks[0].download_url)
    const signature = link.searchParams.get('signature') ?? ''
    const forge = async (change: (url: URL) => void) => {
      const forged = new URL(link)
      change(forged)
      const answer = await fetch(forged)
      return [answer.status, ((await answer.json()) as { code: string }).code]
    }
    const set = (name: string, value: string) => (url: URL) => url.searchParams.set(name, value)
    const move = (path: string) => (url: URL) => {
      url.pathname = path
    }
    const guess = createHash('sha256').update(taskId(jobId, 0)).digest('base64url')
    const forgeries = [
      set('expires', String(Number(link.searchParams.get('expires')) + 3600)),
      set('expires', '99999999999999'),
      set('expires', ''),
      (url: URL) => url.searchParams.delete('expires'),
      set('signature', ''),
      set('signature', guess),
      set('signature', `${signature.slice(0, -2)}AA`),
      set('signature', signature.slice(1)),
      move(`/download/${taskId(jobId, 2)}`),
      move(`/detections/${taskId(jobId, 0)}`),
      move(`/download_job/${jobId}`),
      move(`/download/${crypto.randomUUID()}`),
    ]
    for (const forgery of forgeries) expect(await forge(forgery)).toEqual([403, 'LINK_INVALID'])
    expect(await (await fetch(link)).text()).toBe(RESULT.toString())
  })

  test('is good at every gateway of the store, and dead as soon as the job is deleted', async () => {
    const other = await world.start({
      accounts: KEYED,
      clock: { now: () => nowMs },
      publicUrl: 'https://hide.example/api/',
    })
    const foreign = (await call(other.address, 'GET', `/job_result/${jobId}`, undefined, keyOf('bert'))).body
    const link = new URL(foreign.tasks[0].download_url)
    expect(foreign.tasks[0].download_url).toMatch(/^https:\/\/hide\.example\/api\/download\//)
    const here = new URL(link.pathname.replace('/api', '') + link.search, gateway.address)
    expect((await fetch(here)).status).toBe(200)
    await bert('DELETE', `/delete_job/${jobId}`)
    expect((await fetch(here)).status).toBe(404)
  })

  test('names the host that was asked, and none where that is no host at all', () => {
    const address = (host: string | undefined, publicUrl?: string) =>
      publicAddress({ publicUrl }, { headers: { host }, protocol: 'http' } as unknown as FastifyRequest)
    for (const host of ['127.0.0.1:8080', 'hide.example', '[::1]:80', 'a-b.c'])
      expect(address(host)).toBe(`http://${host}`)
    for (const host of [
      undefined,
      '',
      'a b',
      'x/../y',
      'x"y',
      'user@host',
      'host:port',
      '[not]',
      '-x',
      'x'.repeat(300),
    ])
      expect(address(host)).toBe('')
    expect(address('evil.example', 'https://hide.example')).toBe('https://hide.example')
  })
})
