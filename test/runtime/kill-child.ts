// Writes into a data folder as fast as it can and says what was acknowledged, until it is killed. Started by the kill test.
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { runPump } from '#runtime/pump/pump.ts'
import { openLocalStores } from '#runtime/sqlite/local-stores.ts'
import { keptLog, noPumpMetrics } from './silent.ts'

const [dataDir = ''] = process.argv.slice(2)
const clock = { now: () => Date.now() }
const stores = await openLocalStores({ dataDir, ownerName: String(process.pid), clock })
await stores.bus.ensureTopics([{ name: 'facts', partitions: 3, retention: 'forever' }])
const acknowledge = (what: string, id: string) => writeSync(1, `${what} ${id}\n`)
const forever = new AbortController().signal

/** One decision: an entry, a counter and a fact, together or not at all. */
async function decide(): Promise<void> {
  for (;;) {
    const id = randomUUID()
    const message = { topic: 'facts', key: id, value: Buffer.from(id), headers: {} }
    await stores.store.commit({
      puts: [{ key: `entry:${id}`, value: id }],
      adds: [{ counter: 'entries', delta: 1 }],
      outbox: [message],
    })
    acknowledge('decided', id)
  }
}

/** One publication of three records, together or not at all. */
async function publish(): Promise<void> {
  for (;;) {
    const id = randomUUID()
    const part = (n: number) => ({ topic: 'facts', key: id, value: Buffer.from(`${id} ${n}`), headers: {} })
    await stores.bus.publish([part(1), part(2), part(3)])
    acknowledge('published', id)
  }
}

/** One object whose bytes follow from its key. */
async function put(): Promise<void> {
  for (;;) {
    const id = randomUUID()
    const pieces = Array.from({ length: 64 }, () => Buffer.from(id.repeat(100)))
    await stores.objects.put(`jobs/${id}/input`, Readable.from(pieces))
    acknowledge('stored', id)
  }
}

/** Each record leaves an entry before it is committed. */
const consume = async () =>
  runPump({
    consumer: await stores.bus.join({ group: 'g', topics: ['facts'], from: 'earliest' }),
    handle: async (record) => {
      const value = Buffer.from(record.value).toString()
      await stores.store.commit({ puts: [{ key: `done:${value}`, value: 'x' }] })
    },
    inFlight: 16,
    retry: { limit: 3, firstDelayMs: 1, maxDelayMs: 1 },
    onDead: () => Promise.reject(new Error('nothing dies here')),
    onBug: () => undefined,
    clock,
    log: keptLog(),
    metrics: noPumpMetrics,
    signal: forever,
  })

acknowledge('open', '-')
await Promise.all([decide(), decide(), decide(), publish(), publish(), put(), consume()])
