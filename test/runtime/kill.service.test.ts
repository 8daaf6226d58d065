import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openLocalStores } from '#runtime/sqlite/local-stores.ts'
import { realClock, temporaryFolder } from '../conformance/local-adapters.ts'

/** More with SYNTONYM_TEST_KILLS. */
const KILLS = Number(process.env.SYNTONYM_TEST_KILLS ?? 6)
const CHILD = new URL('./kill-child.ts', import.meta.url).pathname

interface Acknowledged {
  readonly decided: string[]
  readonly published: string[]
  readonly stored: string[]
}

/** Runs the child until it is killed at a random moment; answers what it said was done. */
async function runAndKill(dataDir: string, all: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, id] = line.split(' ')
    if (what === 'open') void sleep(20 + Math.random() * 250).then(() => child.kill('SIGKILL'))
    if (id && (what === 'decided' || what === 'published' || what === 'stored')) all[what].push(id)
  }
  await ended
}

const objectHash = (id: string) => createHash('sha256').update(id.repeat(6_400)).digest('hex')

test(
  'after a kill -9 everything acknowledged is there and nothing is half there',
  async () => {
    await using folder = await temporaryFolder()
    const all: Acknowledged = { decided: [], published: [], stored: [] }
    for (let i = 0; i < KILLS; i += 1) {
      await runAndKill(folder.path, all)
      await check(folder.path, all)
    }
    expect(all.decided.length).toBeGreaterThan(KILLS * 5)
    expect(all.published.length).toBeGreaterThan(KILLS * 5)
    expect(all.stored.length).toBeGreaterThan(KILLS)
  },
  10_000 + KILLS * 5_000,
)

async function check(dataDir: string, all: Acknowledged): Promise<void> {
  await using stores = await openLocalStores({ dataDir, ownerName: 'check', clock: realClock })
  const { store, bus, objects } = stores
  const outbox = new Set((await store.outbox(1_000_000)).map((entry) => entry.message.key))
  for (const id of all.decided) {
    expect((await store.get(`entry:${id}`))?.value).toBe(id)
    expect(outbox.has(id)).toBe(true)
  }
  // Every step that happened, acknowledged or not, happened whole.
  expect(await store.counter('entries')).toBe(outbox.size)
  for (const id of outbox) expect((await store.get(`entry:${id}`))?.value).toBe(id)

  const parts = new Map<string, string[]>()
  const next = new Map<number, bigint>()
  for await (const { key, value, partition, offset } of bus.readAll('facts')) {
    expect(offset).toBe(next.get(partition) ?? 0n)
    next.set(partition, offset + 1n)
    parts.set(key, [...(parts.get(key) ?? []), Buffer.from(value).toString()])
  }
  for (const id of all.published) expect(parts.has(id)).toBe(true)
  for (const [id, got] of parts) expect(got).toEqual([1, 2, 3].map((n) => `${id} ${n}`))

  // What the group committed was handled; what it did not commit comes again.
  const lag = Number(await bus.lag('g', 'facts'))
  const values = [...parts.values()].flat()
  const done = await store.getMany(values.map((value) => `done:${value}`))
  expect(done.filter((entry) => entry === undefined).length).toBeLessThanOrEqual(lag)

  const stored = new Set<string>()
  for await (const { key } of objects.list('jobs/')) {
    const [, id = ''] = key.split('/')
    stored.add(id)
    const hash = createHash('sha256')
    for await (const chunk of await objects.read(key)) hash.update(chunk)
    expect(hash.digest('hex')).toBe(objectHash(id))
  }
  for (const id of all.stored) expect(stored.has(id)).toBe(true)
}
