import { request as rawRequest } from 'node:http'
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { taskId } from '#schemas/ids.ts'
import { call } from '../e2e/rest.ts'
import { extract, pack, settle, until } from './backstage.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { KEYED, keyOf } from './keyed-accounts.ts'

let world: GatewayWorld
let gateway: RunningGateway
beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start({ accounts: KEYED, limits: { requestsPerMinute: undefined } })
})
afterAll(() => world[Symbol.asyncDispose]())

type Document = { paths: Record<string, Record<string, { operationId: string; security?: unknown[] }>> }
const operations = async () => {
  const { paths } = (await call(gateway.address, 'GET', '/openapi.json')).body as Document
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId, security }]) => ({
      path,
      method: method.toUpperCase(),
      operationId,
      needsKey: (security?.length ?? 0) > 0,
    })),
  )
}

describe('without a good key', () => {
  test('every operation that needs one is 401, whatever else is wrong with the request', async () => {
    const needing = (await operations()).filter(({ needsKey }) => needsKey)
    expect(needing.length).toBeGreaterThan(20)
    for (const { path, method } of needing) {
      const url = path.replace(/\{\w+\}/, crypto.randomUUID())
      for (const [headers, code] of [
        [{}, 'KEY_MISSING'],
        [{ access_token: 'wrong' }, 'KEY_INVALID'],
        [{ authorization: 'Bearer wrong' }, 'KEY_INVALID'],
      ] as const) {
        const answer = await call(gateway.address, method, url, undefined, headers)
        expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 401, code])
        expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      }
    }
  })

  test('health, metrics and the reference are open', async () => {
    for (const path of [
      '/livez',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/redoc',
      '/redoc.standalone.js',
      '/v1/livez',
      '/v1/openapi.json',
    ])
      expect([path, (await call(gateway.address, 'GET', path)).status]).toEqual([path, 200])
    expect((await call(gateway.address, 'GET', '/metrics')).body).toContain(
      'syntonym_http_request_seconds_bucket',
    )
  })
})

test('somebody else’s ids are answered exactly as unknown ones, on every operation of the reference', async () => {
  const post = (body: unknown) => call(gateway.address, 'POST', '/process_file', body, keyOf('bert'))
  const jobId: string = (await post({ file_path: 'c.zip', model_config: {} })).body.job_id
  await extract(world, jobId, [{ name: '1.jpg' }], 'zip')
  await call(gateway.address, 'POST', `/approve_job/${jobId}`, undefined, keyOf('bert'))
  await settle(world, jobId, 0)
  await pack(world, jobId)
  const own = () => call(gateway.address, 'GET', `/job_status/${jobId}`, undefined, keyOf('bert'))
  await until(async () => (await own()).body.status === 3)
  const before = (await own()).body
  let tried = 0
  for (const { path, method } of await operations()) {
    if (!path.includes('{')) continue
    const isTask = path.includes('task_id')
    const theirs = path.replace(/\{\w+\}/, isTask ? taskId(jobId, 0) : jobId)
    for (const prefix of ['', '/v1'])
      for (const unknown of [crypto.randomUUID(), 'nonsense', '..%2f..%2fetc', '%00', 'x'.repeat(150)]) {
        const [asked, never] = await Promise.all(
          [theirs, path.replace(/\{\w+\}/, unknown)].map((url) =>
            call(gateway.address, method, prefix + url, undefined, {
              ...keyOf('anna'),
              'x-request-id': 'same',
            }),
          ),
        )
        expect([theirs, asked?.status, asked?.body]).toEqual([
          theirs,
          404,
          { detail: isTask ? 'Task not found' : 'Job not found' },
        ])
        const comparable = (answer: typeof asked) => {
          const headers = Object.fromEntries(answer?.headers ?? [])
          return { status: answer?.status, body: answer?.body, headers: { ...headers, date: '' } }
        }
        expect(comparable(asked)).toEqual(comparable(never))
        tried += 1
      }
  }
  expect(tried).toBeGreaterThan(100)
  expect((await own()).body).toEqual(before)
})

describe('one account that floods', () => {
  test('is told 429 with Retry-After, and another one is served', async () => {
    const limited = await world.start({ accounts: KEYED, limits: { requestsPerMinute: 20 } })
    const ask = (id: string) => call(limited.address, 'GET', '/jobs', undefined, keyOf(id))
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask('anna')))
    const refused = answers.filter((answer) => answer.status === 429)
    expect([answers.length - refused.length, refused.length]).toEqual([20, 10])
    expect(refused[0]?.body).toEqual({
      detail: 'Too many requests; wait and try again',
      code: 'RATE_LIMITED',
    })
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('bert')).status).toBe(200)
    const health = await Promise.all(Array.from({ length: 30 }, () => call(limited.address, 'GET', '/livez')))
    expect(health.every((answer) => answer.status === 200)).toBe(true)
    const guesses = await Promise.all(
      Array.from({ length: 25 }, (_, i) =>
        call(limited.address, 'GET', '/jobs', undefined, { access_token: `guess ${i}` }),
      ),
    )
    expect(guesses.filter((answer) => answer.status === 429).length).toBe(5)
  })
})

test('a gateway that cannot keep up says 503 with Retry-After instead of falling over', async () => {
  const busy = await world.start({ limits: { eventLoopDelayMs: 50 } })
  const ask = () => call(busy.address, 'GET', '/jobs')
  expect((await ask()).status).toBe(200)
  const block = setInterval(() => {
    for (const end = Date.now() + 150; Date.now() < end; );
  }, 1)
  let heard = await ask()
  for (const end = Date.now() + 8_000; heard.status === 200 && Date.now() < end; ) heard = await ask()
  clearInterval(block)
  expect([heard.status, heard.body.code, heard.headers.get('retry-after')]).toEqual([503, 'OVERLOADED', '10'])
  expect((await call(busy.address, 'GET', '/livez')).status).toBe(200)
  await until(async () => (await ask()).status === 200)
})

const rawCall = (host: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { port } = new URL(gatewayOf(path))
    const request = rawRequest(
      { host: '127.0.0.1', port, path, headers: { host, ...headers } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    request.on('error', reject).end()
  })
let local: RunningGateway
const gatewayOf = (_path: string) => local.address

describe('without keys', () => {
  beforeAll(async () => {
    local = await world.start()
  })

  test('only requests that name the local host are answered', async () => {
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:8080', '[::1]:80'])
      expect(await rawCall(host, '/jobs')).toBe(200)
    for (const host of [
      'evil.example',
      'evil.example:80',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '192.168.0.2',
    ])
      expect(await rawCall(host, '/jobs')).toBe(403)
  })

  test('the gateway does not start on another address than loopback', async () => {
    const options = world.options()
    const start = world.start({ parts: { config: { ...options.config, host: '0.0.0.0' } } })
    await expect(start).rejects.toThrow(/listens on loopback only, not on 0\.0\.0\.0.*SYNTONYM_KEYS_FILE/)
    await expect(start).rejects.toBeInstanceOf(ConfigurationError)
  })
})

describe('a start', () => {
  test('on a port in use says so and what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { config } = world.options()
    const start = world.start({ parts: { config: { ...config, port } } })
    await expect(start).rejects.toThrow(
      `127.0.0.1 port ${port} is in use by another program. Choose another one`,
    )
    taken.close()
  })

  test('with a jobs root that is not there, or is no folder, says so and what to do', async () => {
    const { config } = world.options()
    const withRoot = (jobsRoot: string) => world.start({ parts: { config: { ...config, jobsRoot } } })
    await expect(withRoot(`${config.jobsRoot}/nowhere`)).rejects.toThrow(
      /does not exist\. Make it, or name another one/,
    )
    await expect(withRoot(`${config.jobsRoot}/a.jpg`)).rejects.toThrow(/is not a folder/)
    await expect(withRoot(`${config.jobsRoot}/nowhere`)).rejects.toBeInstanceOf(ConfigurationError)
  })

  test('can be stopped by its signal, and then answers nothing', async () => {
    const stop = new AbortController()
    const short = await world.start({ parts: { signal: stop.signal } })
    expect((await call(short.address, 'GET', '/livez')).status).toBe(200)
    stop.abort()
    await short.close()
    await expect(fetch(short.address)).rejects.toThrow()
  })
})

describe('an answer', () => {
  test('carries the request id of the client where it is harmless, else one of ours', async () => {
    const idOf = async (path: string, given?: string) =>
      (
        await call(
          gateway.address,
          'GET',
          path,
          undefined,
          given === undefined ? {} : { 'x-request-id': given },
        )
      ).headers.get('x-request-id')
    expect(await idOf('/livez', 'trace-1.A_b')).toBe('trace-1.A_b')
    for (const path of ['/livez', '/nowhere', '/jobs', '/docs', `/%zz`, `/job_status/${'x'.repeat(300)}`])
      for (const given of [undefined, 'a b', 'x'.repeat(100), '<script>'])
        expect(await idOf(path, given)).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('to a path or a method that is not there has the usual form', async () => {
    const unknown = await call(gateway.address, 'GET', '/nowhere')
    expect([unknown.status, unknown.body]).toEqual([404, { detail: 'Not Found' }])
    const wrong = await call(gateway.address, 'GET', `/v1/approve_job/${crypto.randomUUID()}`)
    expect([wrong.status, wrong.body.code, wrong.headers.get('allow')]).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      'POST, PUT',
    ])
    const broken = await call(gateway.address, 'GET', '/%zz')
    expect([broken.status, broken.body.code]).toEqual([400, 'REQUEST_INVALID'])
    const long = await call(gateway.address, 'GET', `/job_status/${'x'.repeat(300)}`)
    expect([long.status, long.body.code]).toEqual([414, 'REQUEST_INVALID'])
    expect((await call(gateway.address, 'HEAD', '/livez')).status).toBe(200)
  })

  test('to what is not HTTP is a short refusal with an id, and the line is closed', async () => {
    const { port } = new URL(gateway.address)
    const text = await new Promise<string>((resolve) => {
      let heard = ''
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'))
      socket.on('data', (bytes) => {
        heard += bytes
      })
      socket.on('close', () => resolve(heard))
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(text).toMatch(/X-Request-Id: [0-9a-f-]{36}/)
    expect(text).toContain('"code":"REQUEST_INVALID"')
  })

  test('leaves no key, path or signature in the log', async () => {
    await call(
      gateway.address,
      'GET',
      '/download/x?expires=1&signature=SECRETSIGNATURE',
      undefined,
      keyOf('anna'),
    )
    await call(
      gateway.address,
      'POST',
      '/process_file',
      { file_path: 'secret-name.jpg', model_config: {} },
      keyOf('anna'),
    )
    const text = JSON.stringify(world.log.lines)
    for (const secret of ['SECRETSIGNATURE', 'key-of-', 'secret-name', world.jobsRoot])
      expect(text).not.toContain(secret)
    expect(text).toContain('/download/:task_id')
  })
})
