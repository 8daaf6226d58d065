// The path of a task without its pixels: bus, lease, objects, decision, outbox, bus and view, all on real servers.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAnonymizer } from '#anonymizer/anonymizer.ts'
import { openTaskFolder } from '#anonymizer/worker/task-folder.ts'
import type { WorkerPool } from '#anonymizer/worker/worker-pool.ts'
import { type ClusterStores, openClusterStores } from '#cli/cluster-stores.ts'
import { eventCodec } from '#cli/event-codec.ts'
import { startProjection } from '#projection/projection.ts'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import { startRelay } from '#runtime/pump/relay.ts'
import { confirmedSteps } from '#runtime/state/confirmed-steps.ts'
import { onFirmGround } from '#runtime/state/facts-on-bus.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { eventId, taskId } from '#schemas/ids.ts'
import { inputKey } from '#schemas/object-keys.ts'
import { type Decision, decisionKey, RELAY_LEASE } from '#schemas/state-keys.ts'
import { OUTCOMES, PICTURE_TASKS, TOPICS } from '#schemas/topics.ts'
import { jobEndedSet } from '#schemas/views.ts'
import { countingMetrics } from '#test/anonymizer/fixtures/task-bench.ts'
import type { ClusterServers } from '#test/cluster/cluster-servers.ts'
import { keptLog, noPumpMetrics } from '#test/runtime/silent.ts'

export interface NoOpPath extends AsyncDisposable {
  /** Stores inputs and decisions of a job of so many tasks; not part of what is measured. */
  prepare(tasks: number): Promise<PreparedJob>
  /** Brings the tasks to the bus and resolves when every one has ended in the views. */
  run(job: PreparedJob): Promise<void>
}
export interface PreparedJob {
  readonly id: string
  readonly events: readonly EventOf<'TaskReady'>[]
}

const clock = { now: () => Date.now() }
const INPUT = Buffer.from('nothing to hide')
const ACCOUNT = 'bench'
const PREPARED_AT_ONCE = 16
const POLL_MS = 50

/** Writes a result of a few bytes, in this process: what is left is the path. */
const noOpPool = (root: string, slots: number): WorkerPool => {
  const run: WorkerPool['run'] = async (order, folder) => {
    const paths = folder.paths(order.extension)
    await writeFile(paths.output, 'hidden')
    await writeFile(paths.document, '{}')
    return { faces: 0, plates: 0, frames: 1, outputExtension: order.extension, facts: {} }
  }
  return {
    slots,
    ready: async () => ({ executionProvider: 'none' }),
    openFolder: () => openTaskFolder(root),
    run,
    take: async () => ({ run, [Symbol.dispose]() {} }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const decision: Decision = {
  account_id: ACCOUNT,
  state: 'open',
  needs_approval: true,
  approved: true,
  metered: false,
  held_credits: 0,
  input_file: 'a.zip',
  input_kind: 'archive',
  model: 'blur',
  created_at_ms: 0,
}

async function prepare({ store, objects }: ClusterStores, tasks: number): Promise<PreparedJob> {
  const id = randomUUID()
  await store.commit({ puts: [{ key: decisionKey(id), value: JSON.stringify(decision) }] })
  const events: EventOf<'TaskReady'>[] = []
  const one = async (index: number): Promise<void> => {
    const task = taskId(id, index)
    await objects.put(inputKey(id, task), Readable.from([INPUT]))
    events.push({
      event_id: eventId('TaskReady', task),
      occurred_at_ms: clock.now(),
      account_id: ACCOUNT,
      job_id: id,
      type: 'TaskReady',
      data: {
        ...{ task_id: task, task_index: index, media_kind: 'picture', extension: '.jpg' },
        ...{ input_key: inputKey(id, task), input_bytes: INPUT.length, model: 'blur', credit_cost: 1 },
        input_sha256: createHash('sha256').update(INPUT).digest('hex'),
        model_config: '{}',
      },
    })
  }
  for (let at = 0; at < tasks; at += PREPARED_AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(PREPARED_AT_ONCE, tasks - at) }, (_, i) => one(at + i)))
  return { id, events }
}

/** One process with relay, anonymizer and projection, `slots` tasks side by side. */
export async function openNoOpPath(servers: ClusterServers, slots: number): Promise<NoOpPath> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-p14-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'tasks'))
  const log = keptLog()
  await using admin = openKafkaBus({ brokers: servers.brokers, clientId: 'p14', log })
  await admin.ensureTopics(TOPICS)
  const stop = new AbortController()
  const { signal } = stop
  const s3 = {
    ...servers.s3,
    ...{ bucket: `p14-${randomUUID()}`, region: undefined, publicEndpoint: undefined, sourceBuckets: [] },
  }
  const services = { kafkaBrokers: servers.brokers, schemaRegistryUrl: servers.registryUrl, s3 }
  const stores = opened.use(
    await openClusterStores({ ...services, redisUrl: servers.redisUrl }, { clientId: 'p14', log, signal }),
  )
  const codec = eventCodec(stores.registry)
  const projection = opened.use(
    await startProjection({ ...stores, codec, clock, log, metrics: noPumpMetrics, signal }),
  )
  void projection
  while (!(await stores.builds.inUse('views'))) await sleep(POLL_MS)
  const relay = opened.use(
    startRelay({
      ...{ store: stores.store, bus: stores.bus, owner: 'p14', clock, log, signal, lease: RELAY_LEASE },
      ...{ leaseTtlMs: 5_000, pollMs: 100, batch: 256, metrics: { relayed: () => undefined } },
    }),
  )
  const pool = noOpPool(folder, slots)
  const anonymizer = await startAnonymizer({
    ...{ bus: stores.bus, objects: stores.objects, codec, clock, log, signal },
    store: confirmedSteps(stores.store, relay),
    firm: onFirmGround(stores.store, relay),
    pools: { picture: pool, film: pool, [Symbol.asyncDispose]: async () => undefined },
    ...{ owner: 'p14', metrics: countingMetrics(), pumpMetrics: noPumpMetrics, kinds: ['picture'] },
    wakeRelay: () => relay.wake(),
  })
  opened.defer(async () => {
    stop.abort()
    await anonymizer.done.catch(() => undefined)
  })
  const kept = opened.move()
  return {
    prepare: (tasks) => prepare(stores, tasks),
    async run({ id, events }) {
      const records = events.map((event) => codec.encode(PICTURE_TASKS.name, event.data.task_id, event))
      await stores.bus.publish(await Promise.all(records))
      while ((await stores.views.count(jobEndedSet(id, 'completed'))) < events.length) await sleep(POLL_MS)
      if ((await stores.bus.lag('syntonym.projection', OUTCOMES.name)) > 0n) await sleep(POLL_MS)
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
