// An extractor on SQLite and files with real boxes, and a stand-in for the gateway and the anonymizer around it.

import { randomUUID } from 'node:crypto'
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { settleStep } from '#anonymizer/pure/settle-step.ts'
import { eventCodec } from '#cli/event-codec.ts'
import { type Extractor, type ExtractorParts, startExtractor } from '#extractor/extractor.ts'
import { DEFAULT_EXTRACTOR_LIMITS } from '#extractor/pure/limits.ts'
import { findBox } from '#runtime/box/find-box.ts'
import type { Box } from '#runtime/box/pure/box-request.ts'
import { type Relay, startRelay } from '#runtime/pump/relay.ts'
import { type LocalStores, openLocalStores } from '#runtime/sqlite/local-stores.ts'
import type { Event, EventData, EventOf, EventType } from '#schemas/events/event-types.ts'
import { eventId, taskId } from '#schemas/ids.ts'
import { outputKey } from '#schemas/object-keys.ts'
import { type Decision, decisionKey, decisionSchema, RELAY_LEASE } from '#schemas/state-keys.ts'
import { JOBS, OUTCOMES, TOPICS } from '#schemas/topics.ts'
import { realClock, temporaryFolder } from '../conformance/local-adapters.ts'
import { keptLog, noPumpMetrics } from '../runtime/silent.ts'

export interface Submitted {
  readonly jobId: string
  readonly event: EventOf<'JobSubmitted'>
}

export interface ExtractorWorld extends AsyncDisposable {
  readonly stores: LocalStores
  readonly folder: string
  readonly workFolder: string
  readonly box: Box
  readonly parts: (over?: Partial<ExtractorParts>) => ExtractorParts
  start(over?: Partial<ExtractorParts>): Promise<Extractor>
  /** Writes a file under the jobs root and decides its submission. */
  submit(name: string, bytes: Uint8Array, options?: { needsApproval?: boolean }): Promise<Submitted>
  /** Submits a path that may not exist. */
  submitPath(path: string, inputKind: Decision['input_kind'], needsApproval?: boolean): Promise<Submitted>
  decide(
    jobId: string,
    change: Partial<Decision>,
    fact: 'JobApproved' | 'JobCancelled' | 'JobDeleted',
  ): Promise<void>
  /** Ends a task as the anonymizer does. */
  settle(
    jobId: string,
    index: number,
    how: 'completed' | 'failed' | 'cancelled',
    output?: Settling,
  ): Promise<void>
  facts<T extends EventType>(topic: string, type: T, jobId: string): Promise<readonly EventOf<T>[]>
  keys(jobId: string): Promise<readonly string[]>
  read(key: string): Promise<Buffer>
  publish(topic: string, event: Event): Promise<void>
}

export interface Settling {
  readonly bytes: Buffer
  readonly extension: string
}

const ACCOUNT = 'account-1'
export const CONFIG = '{"blur_face":true}'

/** On a folder of its own that is removed with it, or on a given one that stays. */
export async function openExtractorWorld(given?: string): Promise<ExtractorWorld> {
  const temporary = given === undefined ? await temporaryFolder() : undefined
  const folder = await realpath(given ?? temporary?.path ?? '')
  const stores = await openLocalStores({ dataDir: join(folder, 'data'), ownerName: 'test', clock: realClock })
  await stores.bus.ensureTopics(TOPICS)
  const codec = eventCodec(stores.registry)
  const stop = new AbortController()
  const relay: Relay = startRelay({
    ...{
      store: stores.store,
      bus: stores.bus,
      lease: RELAY_LEASE,
      owner: 'relay',
      leaseTtlMs: 10_000,
      pollMs: 50,
    },
    ...{ batch: 100, clock: realClock, log: keptLog(), metrics: { relayed: () => {} }, signal: stop.signal },
  })
  const workFolder = join(folder, 'work')
  await mkdir(workFolder, { recursive: true })
  await mkdir(join(folder, 'jobs'), { recursive: true })
  const box = await findBox({ searchPath: process.env.PATH ?? '', tempFolder: folder })
  const running: Extractor[] = []
  const parts = (over: Partial<ExtractorParts> = {}): ExtractorParts => ({
    ...{ bus: stores.bus, store: stores.store, objects: stores.objects, codec, box },
    ...{
      limits: DEFAULT_EXTRACTOR_LIMITS,
      workFolder,
      clock: realClock,
      owner: randomUUID(),
      log: keptLog(),
    },
    ...{ metrics: noPumpMetrics, wakeRelay: () => relay.wake(), probers: 1, signal: stop.signal },
    timing: { leaseTtlMs: 2_000, leaseRenewMs: 50, pollMs: 20, unexplainedStarts: 20 },
    ...over,
  })
  const fact = <T extends EventType>(type: T, jobId: string, data: EventData<T>, ...cause: string[]): Event =>
    ({
      ...{ event_id: eventId(type, jobId, ...cause), occurred_at_ms: 1_700_000_000_000 },
      ...{ account_id: ACCOUNT, job_id: jobId, type, data },
    }) as unknown as Event
  const decisionOf = async (jobId: string) => {
    const entry = await stores.store.get(decisionKey(jobId))
    if (!entry) throw new Error('no such job')
    return { decision: decisionSchema.parse(JSON.parse(entry.value)), version: entry.version }
  }
  const publish = async (topic: string, event: Event) =>
    stores.bus.publish([await codec.encode(topic, event.job_id, event)])

  const world: ExtractorWorld = {
    ...{ stores, folder, workFolder, box, parts, publish },
    async start(over) {
      const extractor = await startExtractor(parts(over))
      running.push(extractor)
      return extractor
    },
    async submit(name, bytes, options = {}) {
      const path = join(folder, 'jobs', `${randomUUID()}-${name}`)
      await writeFile(path, bytes)
      const kind = /\.(zip|7z|rar)$/.test(name) ? 'archive' : /\.(avi|mp4)$/.test(name) ? 'film' : 'picture'
      return world.submitPath(path, kind, options.needsApproval ?? true)
    },
    async submitPath(path, input_kind, needs_approval = true) {
      const jobId = randomUUID()
      const decision: Decision = {
        ...{
          account_id: ACCOUNT,
          state: 'open',
          needs_approval,
          approved: false,
          metered: false,
          held_credits: 0,
        },
        ...{ input_file: path, input_kind, model: 'blur', created_at_ms: 1 },
      }
      const data = {
        input_file: path,
        source: path,
        input_kind,
        model: 'blur',
        model_config: CONFIG,
        needs_approval,
        metered: null,
        user_tag: null,
      } as const
      const event = fact('JobSubmitted', jobId, data)
      await stores.store.commit({
        puts: [{ key: decisionKey(jobId), value: JSON.stringify(decision) }],
        outbox: [await codec.encode(JOBS.name, jobId, event)],
      })
      relay.wake()
      return { jobId, event: event as EventOf<'JobSubmitted'> }
    },
    async decide(jobId, change, type) {
      const { decision, version } = await decisionOf(jobId)
      const data = type === 'JobApproved' ? { held_credits: 0 } : {}
      await stores.store.commit({
        checks: [{ key: decisionKey(jobId), version }],
        puts: [{ key: decisionKey(jobId), value: JSON.stringify({ ...decision, ...change }) }],
        outbox: [await codec.encode(JOBS.name, jobId, fact(type, jobId, data as never))],
      })
      relay.wake()
    },
    async settle(jobId, index, how, output = { bytes: Buffer.from(`hidden ${index}`), extension: '.jpg' }) {
      const id = taskId(jobId, index)
      const { decision, version } = await decisionOf(jobId)
      const step = settleStep({ jobId, taskId: id, creditCost: 1 }, how, {
        decision,
        versions: { decision: version, cancel: 0 },
      })
      const common = { task_id: id, attempt: 1, credit_cost: 1 }
      if (how === 'completed')
        await stores.objects.put(outputKey(jobId, id, 1), Readable.from([output.bytes]))
      const completed: EventData<'TaskCompleted'> = {
        ...{
          ...common,
          output_key: outputKey(jobId, id, 1),
          output_sha256: 'ab',
          output_bytes: output.bytes.length,
        },
        ...{ output_extension: output.extension, document_key: 'd', faces: 1, plates: 0, frames: 1 },
        ...{ report: '{}', processing_seconds: 1 },
      }
      const event =
        how === 'completed'
          ? fact('TaskCompleted', jobId, completed, id)
          : how === 'failed'
            ? fact('TaskFailed', jobId, { ...common, code: 'MEDIA_UNREADABLE', detail: 'Damaged.' }, id)
            : fact('TaskCancelled', jobId, common, id)
      const result = await stores.store.commit({
        ...step,
        outbox: [await codec.encode(OUTCOMES.name, jobId, event)],
      })
      if (result.verdict !== 'done') throw new Error(result.verdict)
      relay.wake()
    },
    async facts(topic, type, jobId) {
      const found: Event[] = []
      for await (const record of stores.bus.readAll(topic)) {
        const event = await codec.decode(record)
        if (event.type === type && event.job_id === jobId) found.push(event)
      }
      return found as never
    },
    async keys(jobId) {
      const keys: string[] = []
      for await (const { key } of stores.objects.list(`jobs/${jobId}/`))
        keys.push(key.slice(`jobs/${jobId}/`.length))
      return keys.sort()
    },
    read: async (key) => buffer(await stores.objects.read(key)),
    async [Symbol.asyncDispose]() {
      for (const extractor of running) await extractor[Symbol.asyncDispose]()
      await relay[Symbol.asyncDispose]()
      stop.abort()
      await stores[Symbol.asyncDispose]()
      await temporary?.[Symbol.asyncDispose]()
    },
  }
  return world
}

export async function until<T>(what: () => Promise<T | undefined | false>, limitMs = 20_000): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await what()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
