import { createServer } from 'node:net'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { createRegistry, lagMetrics, pumpMetrics, relayMetrics } from '#runtime/service/metrics.ts'
import { NotReady, startOperationsServer } from '#runtime/service/operations-server.ts'

const HOST = '127.0.0.1'
const registryHere = () => createRegistry({ version: '1.2.3', room: 'test' })

test('the operations port answers liveness, readiness and metrics', async () => {
  const registry = registryHere()
  const metrics = pumpMetrics(registry, ['work'])('g')
  metrics.handled('work', 'done', 0.2)
  metrics.handled('a-topic-that-somebody-made-up', 'dead', 0.2)
  relayMetrics(registry).relayed(3, 0.01)
  lagMetrics(registry, { lag: async () => 7n }, [{ group: 'g', topic: 'work' }])
  let up = false
  const check = async () => {
    if (!up) throw new Error('away')
  }
  const work = async () => {
    if (!up) throw new NotReady('MODEL_NOT_AVAILABLE: no task is taken')
  }
  await using server = await startOperationsServer({
    host: HOST,
    port: 0,
    registry,
    checks: [
      { name: 'bus', check },
      { name: 'work', check: work },
    ],
  })
  const get = (path: string) => fetch(`http://${HOST}:${server.port}${path}`)
  expect((await get('/livez')).status).toBe(200)
  const notReady = await get('/readyz')
  expect([notReady.status, await notReady.json()]).toEqual([
    503,
    // What a library says may hold an address; only what was meant for outside gets there.
    { status: 'not ready', failing: ['bus', 'work'], reasons: ['MODEL_NOT_AVAILABLE: no task is taken'] },
  ])
  up = true
  expect((await get('/readyz')).status).toBe(200)
  expect((await get('/other')).status).toBe(404)
  const text = await (await get('/metrics')).text()
  for (const line of [
    'syntonym_build_info{version="1.2.3",room="test"} 1',
    'syntonym_records_total{group="g",topic="work",outcome="done"} 1',
    'syntonym_records_total{group="g",topic="work",outcome="dead"} 0',
    'syntonym_records_total{group="g",topic="other",outcome="dead"} 1',
    'syntonym_outbox_relayed_total 3',
    'syntonym_consumer_lag_records{group="g",topic="work"} 7',
    'syntonym_process_cpu_seconds_total',
  ])
    expect(text).toContain(line)
})

test('what is not ready is named rightly, also where a check goes away while others are asked', async () => {
  const slow = Promise.withResolvers<void>()
  const fails = async () => {
    await slow.promise
    throw new NotReady('away')
  }
  const checks = ['start', 'bus', 'objects'].map((name) => ({
    name,
    check: name === 'bus' ? fails : () => slow.promise,
  }))
  await using server = await startOperationsServer({ host: HOST, port: 0, registry: registryHere(), checks })
  const answer = fetch(`http://${HOST}:${server.port}/readyz`)
  await new Promise((resolve) => setTimeout(resolve, 300))
  checks.shift()
  slow.resolve()
  expect(await (await answer).json()).toMatchObject({ failing: ['bus'], reasons: ['away'] })
})

test('a check that takes too long is named with the time', async () => {
  const checks = [{ name: 'objects', check: () => new Promise<void>(() => {}) }]
  await using server = await startOperationsServer({ host: HOST, port: 0, registry: registryHere(), checks })
  const body = await (await fetch(`http://${HOST}:${server.port}/readyz`)).json()
  expect(body).toMatchObject({ failing: ['objects'], reasons: ['objects: no answer within 3 s'] })
})

test('a metrics port in use is said in one message', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, HOST, resolve))
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const starting = startOperationsServer({ host: HOST, port, registry: registryHere(), checks: [] })
  await expect(starting).rejects.toBeInstanceOf(ConfigurationError)
  await expect(starting).rejects.toThrow(`${HOST}:${port} cannot be opened (EADDRINUSE)`)
  other.close()
})

test('a log line is JSON without secrets, file names and the paths of errors', () => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = jsonLog({ room: 'gateway', level: 'debug', destination })
  const missing = Object.assign(new Error("ENOENT: no such file, open '/secret/place.jpg'"), {
    code: 'ENOENT',
    syscall: 'open',
    path: '/secret/place.jpg',
  })
  const error = new Error('outer', { cause: missing })
  log.error({ error, job: { input_file: 'anna.jpg', n: 1 }, authorization: 'Bearer x', topic: 't' }, 'failed')
  const line = lines.join('')
  for (const hidden of ['secret', 'anna', 'Bearer']) expect(line).not.toContain(hidden)
  expect(JSON.parse(line)).toMatchObject({
    level: 'error',
    room: 'gateway',
    topic: 't',
    msg: 'failed',
    job: { n: 1 },
    error: { message: 'outer', cause: { code: 'ENOENT', message: 'open failed with ENOENT' } },
  })
})
