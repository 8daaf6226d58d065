// Does the work of one attempt at a task: fetch the input, have it hidden, store the result; says how it should end.
import { randomBytes } from 'node:crypto'
import { failureKind, PermanentFailure } from '#runtime/failure.ts'
import { describeSpan, inSpan, stageSpans } from '#runtime/trace.ts'
import { isFailureCode } from '#schemas/failure-codes.ts'
import { readModelConfig } from '#schemas/model-config.ts'
import { workerDeathsKey } from '#schemas/state-keys.ts'
import { decideDeath } from '../pure/settle-decision.ts'
import { type FullEnding, type Progress, startedFact } from '../pure/settle-events.ts'
import { joiningProgress } from '../pure/shared-progress.ts'
import { synChoice } from '../pure/syn-choice.ts'
import type { TaskWatch } from '../worker/media-child.ts'
import type { RenderReport } from '../worker/protocol.ts'
import type { TaskFolder, TaskPaths } from '../worker/task-folder.ts'
import { WorkerDeath } from '../worker/worker-death.ts'
import type { MediaOrder } from '../worker/worker-slot.ts'
import { filmParts } from './film-parts.ts'
import { patiently } from './patience.ts'
import { readTask } from './read-task.ts'
import { reportProgress } from './report-progress.ts'
import { gatherParts, shareFilm } from './share-film.ts'
import { storeResult } from './store-result.ts'
import { jobSynSeed } from './syn-seed.ts'
import type { TaskPorts } from './task-ports.ts'
import type { WorkInHand } from './work-in-hand.ts'

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

type OnProgress = (progress: Progress) => void

async function oneTry(ports: TaskPorts, work: WorkInHand, onProgress: OnProgress): Promise<FullEnding> {
  const started = performance.now()
  await using folders = new AsyncDisposableStack()
  const folder = folders.use(await ports.pool.openFolder())
  const { data } = work.event
  await inSpan('fetch input', spanOf(work), () => fetchInput(ports, work, folder.paths(data.extension).input))
  const order = await orderFor(ports, work)
  const first = await inOneRun(ports, work, { order: firstOrder(ports, order), folder, onProgress })
  const isPlanned = first.shared !== undefined && 'planned' in first.shared
  const { report, paths } = isPlanned
    ? await byMany(ports, work, { order, folder, folders, onProgress, parts: first.shared.planned })
    : { report: first, paths: folder.paths(data.extension) }
  work.signal.throwIfAborted()
  const processingSeconds = (performance.now() - started) / 1000
  const result = await inSpan('store result', spanOf(work), () =>
    patiently(() => storeResult(ports.objects, work.attempt, { paths, report, processingSeconds }), {
      limitMs: ports.timing.patienceMs,
      signal: work.signal,
    }),
  )
  ports.metrics.rendered({
    kind: data.media_kind,
    report,
    inputBytes: Number(data.input_bytes),
    outputBytes: result.outputBytes,
  })
  return { how: 'completed', result }
}

const spanOf = ({ attempt, event }: WorkInHand) => ({
  'syntonym.task_id': attempt.taskId,
  'syntonym.kind': event.data.media_kind,
})

interface Run {
  readonly order: MediaOrder
  readonly folder: TaskFolder
  readonly onProgress: OnProgress
}

/** A film of many parts is only planned where films are shared; anything else is done at once. */
const firstOrder = ({ sharing }: TaskPorts, order: MediaOrder): MediaOrder =>
  sharing === undefined || order.kind !== 'film'
    ? order
    : { ...order, shared: { do: 'plan', leastParts: sharing.leastParts } }

/** Has it done by one worker, which takes over the parts that an earlier one finished and keeps those that it finishes. */
async function inOneRun(ports: TaskPorts, work: WorkInHand, run: Run): Promise<RenderReport> {
  const { order, folder, onProgress } = run
  const parts = filmParts(ports, work.attempt, work.fence)
  const { parts: partsPath } = folder.paths(order.extension)
  if (order.kind === 'film') await inSpan('fetch parts', spanOf(work), () => parts.fetchInto(partsPath))
  const watch = { signal: work.signal, onPart: parts.keep, onProgress }
  try {
    const report = await inSpan('hide', spanOf(work), () => hide(ports, order, folder, watch))
    await parts.stop('drop')
    return report
  } catch (error) {
    await parts.stop('store')
    throw error
  }
}

/** Shares the film's parts with whoever has time, and has them joined here where no worker has written yet. */
async function byMany(
  ports: TaskPorts,
  work: WorkInHand,
  run: Run & { readonly folders: AsyncDisposableStack; readonly parts: number },
): Promise<{ readonly report: RenderReport; readonly paths: TaskPaths }> {
  const { order, folder, parts, onProgress } = run
  const { sharing } = ports
  if (sharing === undefined) throw new Error('a film was planned that nobody wanted to share')
  const film = { choice: order.choice, folder, parts, onProgress }
  const share = await inSpan('share film', spanOf(work), () => shareFilm({ ...ports, sharing }, work, film))
  // Its film and parts would lie on the disk twice.
  await folder[Symbol.asyncDispose]()
  const joining = run.folders.use(await ports.pool.openFolder())
  const paths = joining.paths(order.extension)
  await inSpan('fetch parts', spanOf(work), async () => {
    await fetchInput(ports, work, paths.input)
    await gatherParts(ports, share, paths.parts)
  })
  const watch = { signal: work.signal, onProgress: (told: Progress) => onProgress(joiningProgress(told)) }
  const report = await inSpan('join parts', spanOf(work), () => hide(ports, order, joining, watch))
  return { report, paths }
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

async function orderFor(ports: TaskPorts, work: WorkInHand): Promise<MediaOrder> {
  const { data } = work.event
  const config = readModelConfig(data.model, data.model_config)
  if (config.verdict === 'refused')
    throw new PermanentFailure('INTERNAL', 'The task carries a model configuration that does not read.')
  const synSeed =
    synChoice(config.choice) === undefined
      ? undefined
      : await jobSynSeed(ports.store, work.attempt.jobId, () => randomBytes(32).toString('hex'))
  return {
    id: data.task_id,
    kind: data.media_kind,
    extension: data.extension,
    until: 'rendered',
    choice: config.choice,
    given: false,
    ...(ports.filmPartSeconds === undefined ? {} : { partSeconds: ports.filmPartSeconds }),
    ...(synSeed === undefined ? {} : { synSeed }),
  }
}

async function hide(
  ports: TaskPorts,
  order: MediaOrder,
  folder: TaskFolder,
  watch: TaskWatch,
): Promise<RenderReport> {
  using stages = stageSpans({ 'syntonym.task_id': order.id, 'syntonym.kind': order.kind })
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
