// Plays the extractor and the anonymizer for gateway tests: the same entries, facts and objects, no pixels.
import { Readable } from 'node:stream'
import { settleStep } from '#anonymizer/pure/settle-step.ts'
import { jobFact } from '#gateway/pure/job-fact.ts'
import type { Event, EventData } from '#schemas/events/event-types.ts'
import { DETECTION_EXAMPLE } from '#schemas/http/detection-body.ts'
import { taskId } from '#schemas/ids.ts'
import { documentKey, outputKey, packKey } from '#schemas/object-keys.ts'
import {
  type Decision,
  decisionKey,
  decisionSchema,
  type PlanEntry,
  packedKey,
  planEntryKey,
  type Settled,
  taskCancelKey,
} from '#schemas/state-keys.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { jobTasksSet } from '#schemas/views.ts'
import type { GatewayWorld } from './gateway-world.ts'

export interface PlannedFile {
  readonly name: string
  readonly refused?: { readonly code: string; readonly detail: string }
  readonly cost?: number
}

const nowMs = () => Date.now()

async function decisionOf(
  world: GatewayWorld,
  jobId: string,
): Promise<{ decision: Decision; version: number }> {
  const entry = await world.stores.store.get(decisionKey(jobId))
  if (entry === undefined) throw new Error('no such job')
  return { decision: decisionSchema.parse(JSON.parse(entry.value)), version: entry.version }
}

async function encoded(world: GatewayWorld, facts: readonly Event[]) {
  return Promise.all(facts.map((fact) => world.codec.encode(OUTCOMES.name, fact.job_id, fact)))
}

function planned(jobId: string, file: PlannedFile, index: number): EventData<'TaskPlanned'> {
  return {
    task_id: taskId(jobId, index),
    task_index: index,
    file_name: file.name,
    media_kind: file.refused === undefined ? 'picture' : null,
    bytes: 1_000,
    width: 640,
    height: 480,
    frames: 1,
    duration_seconds: null,
    credit_cost: file.refused === undefined ? (file.cost ?? 1) : 0,
    refused_code: file.refused?.code ?? null,
    refused_detail: file.refused?.detail ?? null,
  }
}

/** What the extractor does with an input that it could open. */
export async function extract(
  world: GatewayWorld,
  jobId: string,
  files: readonly PlannedFile[],
  archiveFormat: 'zip' | '7z' | 'rar' | null = null,
): Promise<void> {
  const { decision } = await decisionOf(world, jobId)
  const origin = { accountId: decision.account_id, jobId, nowMs: nowMs() }
  const tasks = files.map((file, index) => planned(jobId, file, index))
  const cost = tasks.reduce((sum, task) => sum + task.credit_cost, 0)
  const plan: PlanEntry = {
    verdict: 'planned',
    task_count: tasks.length,
    runnable_count: tasks.filter((task) => task.refused_code === null).length,
    total_credit_cost: cost,
    archive_format: archiveFormat,
  }
  const extracted = {
    task_count: tasks.length,
    total_credit_cost: cost,
    estimated_seconds: 1.5,
    plan_key: `jobs/${jobId}/plan.jsonl`,
    archive_format: archiveFormat,
  }
  const facts: Event[] = tasks.map((task) => jobFact('TaskPlanned', origin, task, task.task_id))
  await world.stores.store.commit({
    checks: [{ key: planEntryKey(jobId), version: 0 }],
    puts: [{ key: planEntryKey(jobId), value: JSON.stringify(plan) }],
    outbox: await encoded(world, [...facts, jobFact('JobExtracted', origin, extracted)]),
  })
  world.relay.wake()
  await until(async () => (await world.stores.views.count(jobTasksSet(jobId))) >= tasks.length)
}

/** What the extractor does with an input that it had to refuse. */
export async function refuse(
  world: GatewayWorld,
  jobId: string,
  code: string,
  detail: string,
): Promise<void> {
  const { decision } = await decisionOf(world, jobId)
  const origin = { accountId: decision.account_id, jobId, nowMs: nowMs() }
  await world.stores.store.commit({
    puts: [{ key: planEntryKey(jobId), value: JSON.stringify({ verdict: 'refused', code, detail }) }],
    outbox: await encoded(world, [jobFact('JobRefused', origin, { code, detail })]),
  })
  world.relay.wake()
}

const completion = (jobId: string, id: string, cost: number): EventData<'TaskCompleted'> => ({
  task_id: id,
  attempt: 1,
  output_key: outputKey(jobId, id, 1),
  output_sha256: 'ab'.repeat(32),
  output_bytes: RESULT.length,
  output_extension: '.jpg',
  document_key: documentKey(jobId, id, 1),
  faces: 2,
  plates: 1,
  frames: 1,
  credit_cost: cost,
  report: JSON.stringify({ metadata: 'dropped' }),
  processing_seconds: 0.5,
})

export const RESULT = Buffer.from('0123456789 hidden picture')
export const DOCUMENT = Buffer.from(JSON.stringify(DETECTION_EXAMPLE))

/** Settles one task as the anonymizer does; a cancellation that came before goes before. */
export async function settle(
  world: GatewayWorld,
  jobId: string,
  index: number,
  { how = 'completed', cost = 1 }: { how?: 'completed' | 'failed'; cost?: number } = {},
): Promise<Settled> {
  const { store } = world.stores
  const id = taskId(jobId, index)
  for (;;) {
    const { decision, version } = await decisionOf(world, jobId)
    const cancel = await store.get(taskCancelKey(id))
    const ending: Settled = cancel !== undefined || decision.state !== 'open' ? 'cancelled' : how
    if (ending === 'completed') {
      await world.objects.put(outputKey(jobId, id, 1), Readable.from([RESULT]))
      await world.objects.put(documentKey(jobId, id, 1), Readable.from([DOCUMENT]))
    }
    const origin = { accountId: decision.account_id, jobId, nowMs: nowMs() }
    const fact =
      ending === 'completed'
        ? jobFact('TaskCompleted', origin, completion(jobId, id, cost), id)
        : ending === 'failed'
          ? jobFact(
              'TaskFailed',
              origin,
              {
                task_id: id,
                attempt: 1,
                code: 'MEDIA_UNREADABLE',
                detail: 'The picture is damaged',
                credit_cost: cost,
              },
              id,
            )
          : jobFact('TaskCancelled', origin, { task_id: id, attempt: 1, credit_cost: cost }, id)
    const versions = { decision: version, cancel: cancel?.version ?? 0 }
    const step = settleStep({ jobId, taskId: id, creditCost: cost }, ending, { decision, versions })
    const result = await store.commit({ ...step, outbox: await encoded(world, [fact]) })
    world.relay.wake()
    if (result.verdict === 'done') return ending
    if (result.verdict === 'conflict' && result.key === `settled:${id}`) throw new Error('settled twice')
  }
}

/** Says that a task was started. */
export async function startTask(world: GatewayWorld, jobId: string, index: number): Promise<void> {
  const { decision } = await decisionOf(world, jobId)
  const origin = { accountId: decision.account_id, jobId, nowMs: nowMs() }
  const id = taskId(jobId, index)
  await world.stores.bus.publish(
    await encoded(world, [jobFact('TaskStarted', origin, { task_id: id, attempt: 1 }, id, 1)]),
  )
}

/** Packs the results of an archive. */
export async function pack(world: GatewayWorld, jobId: string): Promise<void> {
  const { decision } = await decisionOf(world, jobId)
  const origin = { accountId: decision.account_id, jobId, nowMs: nowMs() }
  await world.objects.put(packKey(jobId), Readable.from([RESULT]))
  const packed = {
    output_key: packKey(jobId),
    output_sha256: 'cd'.repeat(32),
    output_bytes: RESULT.length,
    output_extension: '.zip',
  }
  await world.stores.store.commit({
    puts: [{ key: packedKey(jobId), value: JSON.stringify(packed.output_sha256) }],
    outbox: await encoded(world, [jobFact('JobPacked', origin, packed)]),
  })
  world.relay.wake()
}

export async function until(check: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await check())) {
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
