// Does the work of one attempt at a task: fetch the input, have it hidden, store the result; says how it should end.
import { randomBytes } from 'node:crypto'
import { failureKind, PermanentFailure } from '#runtime/failure.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import { describeSpan, inSpan, stageSpans } from '#runtime/trace.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { isFailureCode } from '#schemas/failure-codes.ts'
import { readModelConfig } from '#schemas/model-config.ts'
import { workerDeathsKey } from '#schemas/state-keys.ts'
import { decideDeath } from '../pure/settle-decision.ts'
import { type Attempt, type FullEnding, startedFact } from '../pure/settle-events.ts'
import { synChoice } from '../pure/syn-choice.ts'
import type { TaskWatch } from '../worker/media-child.ts'
import type { RenderReport } from '../worker/protocol.ts'
import type { TaskFolder } from '../worker/task-folder.ts'
import { WorkerDeath } from '../worker/worker-death.ts'
import type { MediaOrder } from '../worker/worker-slot.ts'
import { filmParts } from './film-parts.ts'
import { patiently } from './patience.ts'
import { readTask } from './read-task.ts'
import { reportProgress } from './report-progress.ts'
import { storeResult } from './store-result.ts'
import { jobSynSeed } from './syn-seed.ts'
import type { TaskPorts } from './task-ports.ts'

export interface WorkInHand {
  readonly event: EventOf<'TaskReady'>
  readonly attempt: Attempt
  readonly fence: Fence
  /** Aborts when the process stops, the lease is lost or the task is called off. */
  readonly signal: AbortSignal
}

/**
 * Works until the task can be settled, with a new worker where one died.
 * @throws the signal's reason, {@link TransientFailure}, or a mistake of ours
 */
export async function workOnTask(ports: TaskPorts, work: WorkInHand): Promise<FullEnding> {
  const { data } = work.event
  await ports.bus.publish([await ports.encode(startedFact(work.attempt, ports.clock.now()))])
  await using progress = reportProgress(ports, work.attempt, () =>
    ports.metrics.progressDropped(data.media_kind),
  )
  for (;;) {
    try {
      return await oneTry(ports, work, progress.heard)
    } catch (error) {
      // A death counts even where we stop at the same moment.
      const ending = error instanceof WorkerDeath ? await afterDeath(ports, work, error) : undefined
      work.signal.throwIfAborted()
      if (ending !== undefined) return ending
      if (!(error instanceof WorkerDeath)) return endingOf(ports, work, error)
    }
  }
}

async function oneTry(
  ports: TaskPorts,
  work: WorkInHand,
  onProgress: Parameters<TaskPorts['pool']['run']>[2]['onProgress'],
): Promise<FullEnding> {
  const started = performance.now()
  await using folder = await ports.pool.openFolder()
  const paths = folder.paths(work.event.data.extension)
  const at = { 'syntonym.task_id': work.attempt.taskId, 'syntonym.kind': work.event.data.media_kind }
  await inSpan('fetch input', at, () => fetchInput(ports, work, paths.input))
  const parts = filmParts(ports, work.attempt, work.fence)
  if (work.event.data.media_kind === 'film')
    await inSpan('fetch parts', at, () => parts.fetchInto(paths.parts))
  const watch = {
    signal: work.signal,
    onPart: parts.keep,
    ...(onProgress === undefined ? {} : { onProgress }),
  }
  const report = await inSpan('hide', at, () => hide(ports, work, folder, watch)).catch(
    async (error: unknown) => {
      await parts.stop('store')
      throw error
    },
  )
  await parts.stop('drop')
  work.signal.throwIfAborted()
  const processingSeconds = (performance.now() - started) / 1000
  const result = await inSpan('store result', at, () =>
    patiently(() => storeResult(ports.objects, work.attempt, { paths, report, processingSeconds }), {
      limitMs: ports.timing.patienceMs,
      signal: work.signal,
    }),
  )
  ports.metrics.rendered({
    kind: work.event.data.media_kind,
    report,
    inputBytes: Number(work.event.data.input_bytes),
    outputBytes: result.outputBytes,
  })
  return { how: 'completed', result }
}

/** @throws {PermanentFailure} OBJECT_MISSING, OBJECT_CORRUPT */
async function fetchInput(ports: TaskPorts, work: WorkInHand, path: string): Promise<void> {
  const { data } = work.event
  const fetched = await ports.objects.fetchTo(data.input_key, path)
  describeSpan({ 'syntonym.bytes': fetched.bytes })
  work.signal.throwIfAborted()
  if (fetched.sha256 !== data.input_sha256)
    throw new PermanentFailure('OBJECT_CORRUPT', 'The stored file is not the one that was handed in.')
}

async function hide(
  ports: TaskPorts,
  work: WorkInHand,
  folder: TaskFolder,
  watch: TaskWatch,
): Promise<RenderReport> {
  const { data } = work.event
  const config = readModelConfig(data.model, data.model_config)
  if (config.verdict === 'refused')
    throw new PermanentFailure('INTERNAL', 'The task carries a model configuration that does not read.')
  const synSeed =
    synChoice(config.choice) === undefined
      ? undefined
      : await jobSynSeed(ports.store, work.attempt.jobId, () => randomBytes(32).toString('hex'))
  const order: MediaOrder = {
    id: data.task_id,
    kind: data.media_kind,
    extension: data.extension,
    until: 'rendered',
    choice: config.choice,
    given: false,
    ...(ports.filmPartSeconds === undefined ? {} : { partSeconds: ports.filmPartSeconds }),
    ...(synSeed === undefined ? {} : { synSeed }),
  }
  using stages = stageSpans({ 'syntonym.task_id': data.task_id, 'syntonym.kind': data.media_kind })
  const report = await ports.pool.run(order, folder, { ...watch, onStage: stages.begin })
  // Where one pass looks and renders by turns, this says how much of it was looking.
  describeSpan({
    'syntonym.frames': report.frames,
    'syntonym.detector_seconds': (report.work ?? []).reduce((sum, { seconds }) => sum + seconds, 0),
  })
  return report
}

/** How a task ends that failed in good order. @throws what may go better another time, and mistakes of ours */
function endingOf(ports: TaskPorts, work: WorkInHand, error: unknown): FullEnding {
  const failure = failureKind(error)
  if (failure.kind !== 'permanent') throw error
  const code = isFailureCode(failure.code) ? failure.code : 'INTERNAL'
  const log = code === 'INTERNAL' ? ports.log.error : ports.log.info
  log({ task_id: work.attempt.taskId, code, err: error }, 'the task cannot be done')
  return { how: 'failed', code, detail: failure.detail }
}

/** Counts the death durably; says how the task ends, or nothing when another worker may try. */
async function afterDeath(
  ports: TaskPorts,
  work: WorkInHand,
  death: WorkerDeath,
): Promise<FullEnding | undefined> {
  const { jobId, taskId } = work.attempt
  const limits = { limitMs: ports.timing.patienceMs, signal: work.signal }
  ports.log.warn({ task_id: taskId, code: death.code, by: death.by }, 'a media worker died')
  const known = await patiently(() => readTask(ports.store, jobId, taskId), limits)
  const deaths = known.deaths + 1
  const value = JSON.stringify({ deaths, last_code: death.code })
  const put = { fence: work.fence, puts: [{ key: workerDeathsKey(taskId), value }] }
  // Refused when the lease is lost: then the vigil will say so, and whoever has the lease counts for himself.
  await patiently(() => ports.store.commit(put), limits)
  const verdict = decideDeath(deaths, death.code)
  // Of the endings that a death can bring none is a completion.
  return verdict.do === 'again' || verdict.ending.how === 'completed' ? undefined : verdict.ending
}
