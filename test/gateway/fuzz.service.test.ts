import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { taskId } from '#schemas/ids.ts'
import { call } from '../e2e/rest.ts'
import { extract, settle } from './backstage.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { KEYED, keyOf } from './keyed-accounts.ts'
import { answerChecker, type GivenAnswer, type OpenApi } from './openapi-checks.ts'
import { type DrawnRequest, requestArbitrary } from './request-arbitrary.ts'

const RUNS = Number(process.env.FUZZ_RUNS ?? 4_000)
const AT_ONCE = 10
const INSIDE = [
  /\bat [\w.<>]+ \(/,
  /node_modules/,
  /\.ts:\d+/,
  /SQLITE/i,
  new RegExp(join(import.meta.dirname, '../..')),
]

let world: GatewayWorld
let gateway: RunningGateway
const agent = new Agent({ keepAlive: true, maxSockets: 20 })
beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start({ accounts: KEYED, limits: { requestsPerMinute: undefined } })
})
afterAll(async () => {
  agent.destroy()
  await world[Symbol.asyncDispose]()
})

interface Heard extends GivenAnswer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Streams are cut after their head: whether they are right is asked elsewhere. */
function send({ method, url, headers: drawn, body }: DrawnRequest): Promise<Heard> {
  const { port } = new URL(gateway.address)
  const headers = body === undefined ? drawn : { ...drawn, 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path: url, headers, agent }, (response) => {
      const type = response.headers['content-type'] ?? ''
      const heard = (text: string) =>
        resolve({ status: response.statusCode ?? 0, type, text, headers: response.headers })
      if (type.startsWith('text/event-stream')) {
        response.destroy()
        return heard('')
      }
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () => heard(text))
    })
    sent.on('error', reject).end(body)
  })
}

/** Of two accounts: a job that waits for its input to be listed, one for approval, one that ended; and their tasks. */
async function someIds(): Promise<{ jobs: string[]; tasks: string[] }> {
  const jobs: string[] = []
  const tasks: string[] = []
  for (const account of ['anna', 'bert']) {
    const post = async (file_path: string) =>
      (await call(gateway.address, 'POST', '/process_file', { file_path, model_config: {} }, keyOf(account)))
        .body.job_id
    const [early, open, ended] = [await post('b.mp4'), await post('c.zip'), await post('a.jpg')]
    await extract(world, open, [{ name: '1.jpg' }, { name: '2.jpg' }], 'zip')
    await extract(world, ended, [{ name: 'a.jpg' }])
    await call(gateway.address, 'POST', `/approve_job/${ended}`, undefined, keyOf(account))
    await settle(world, ended, 0)
    jobs.push(early, open, ended)
    tasks.push(taskId(early, 0), taskId(open, 0), taskId(open, 1), taskId(ended, 0))
  }
  return { jobs, tasks }
}

test(`${RUNS} generated requests get no 5xx but 503, only documented answers, and no word of the inside`, async () => {
  const document = (await call(gateway.address, 'GET', '/openapi.json')).body as OpenApi
  const checker = answerChecker(document)
  const drawn = requestArbitrary(document, {
    ...(await someIds()),
    keys: [keyOf('anna'), keyOf('bert')],
  })
  const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000)
  const statuses = new Map<number, number>()
  const check = async (one: DrawnRequest) => {
    const answer = await send(one)
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    expect(answer.status < 500 || answer.status === 503).toBe(true)
    expect(answer.headers).toHaveProperty('x-request-id')
    expect(checker.answer(one.operationId, answer)).toEqual([])
    for (const word of [...INSIDE, world.jobsRoot]) expect(answer.text).not.toMatch(word)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(drawn, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
      await Promise.all(requests.map(check))
    }),
    { numRuns: Math.ceil(RUNS / AT_ONCE), seed },
  )
  console.log(
    `requests=${[...statuses.values()].reduce((a, b) => a + b, 0)} seed=${seed} statuses=${JSON.stringify(Object.fromEntries([...statuses].sort()))}`,
  )
  for (const status of [200, 401, 404, 409, 422]) expect(statuses.get(status) ?? 0).toBeGreaterThan(0)
}, 300_000)

test('bytes that are no request end in a refusal or a closed line, and the service answers the next one', async () => {
  const { port } = new URL(gateway.address)
  const throwAt = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      let heard = ''
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes))
      socket.on('data', (part) => {
        heard += part
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(heard))
    })
  const line = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc
      .string({ unit: 'binary' })
      .map((path) => Buffer.from(`GET /${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)),
    fc
      .string({ unit: 'binary' })
      .map((value) =>
        Buffer.from(`GET /jobs HTTP/1.1\r\nhost: x\r\naccess_token: ${value}\r\nconnection: close\r\n\r\n`),
      ),
    fc
      .nat(9_999_999)
      .map((n) =>
        Buffer.from(
          `POST /process_file HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccess_token: key-of-anna\r\ncontent-length: ${n}\r\n\r\n{}`,
        ),
      ),
  )
  await fc.assert(
    fc.asyncProperty(line, async (bytes) => {
      const heard = await throwAt(bytes)
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 400)
      expect(status).toBeLessThan(500)
      for (const word of INSIDE) expect(heard).not.toMatch(word)
    }),
    { numRuns: 300 },
  )
  expect((await call(gateway.address, 'GET', '/livez')).status).toBe(200)
}, 60_000)
