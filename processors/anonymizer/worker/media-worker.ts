// The boxed child that looks at pixels: loads its models once, then does one task after the other, told over IPC.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadModels, loadSynModels } from '#models/model-store.ts'
import { type CountedDetectors, countDetectors } from '../detect/counted-detector.ts'
import { openDetectors } from '../detect/open-detectors.ts'
import type { FilmGpu } from '../film/open-gpu.ts'
import { usesGpu } from '../film/pure/gpu-choice.ts'
import { anonymizePicture } from '../picture/anonymize-picture.ts'
import { lockStillDecoder, setStillThreads } from '../picture/still-decoder.ts'
import { openSynModels } from '../syn/open-syn-models.ts'
import type { SynModelsSource } from '../syn/open-task-synthesizer.ts'
import type { SynModels } from '../syn/synthesizer.ts'
import { failureAnswer } from './failure-answer.ts'
import type { FromWorker, MediaTask, RenderReport, ToWorker, WorkerProgress, WorkStage } from './protocol.ts'
import { type WorkerStart, workerStartSchema } from './worker-start.ts'

const say = (message: FromWorker): void => void process.send?.(message)

interface WorkerModels {
  readonly counted: CountedDetectors
  readonly syn: SynModelsSource
  /** Takes what it can of films; where it was asked for. */
  readonly gpu: FilmGpu | undefined
}

async function load(start: WorkerStart): Promise<WorkerModels> {
  lockStillDecoder()
  setStillThreads(start.threads)
  const places = { cacheFolder: start.modelFolder }
  const models = await loadModels(places)
  const { threads, executionProvider } = start
  const options = { threads, executionProvider }
  const detectors = await openDetectors(models, options)
  const counted = countDetectors(detectors, () => performance.now())
  let opened: Promise<SynModels> | undefined
  const syn = (): Promise<SynModels> => {
    opened ??= loadSynModels(places).then((bytes) => openSynModels(bytes, options))
    return opened
  }
  const { films } = start
  const gpu = films && usesGpu(films) ? (await import('../film/open-gpu.ts')).openGpu(films) : undefined
  return { counted, syn, gpu }
}

async function anonymize(task: MediaTask, models: WorkerModels, start: WorkerStart): Promise<RenderReport> {
  // Whoever wants a task stopped kills this process.
  const { signal } = new AbortController()
  const { id } = task
  const media = { ...models.counted.detectors, syn: models.syn }
  const progress = (now: WorkerProgress): void => say({ say: 'progress', id, ...now })
  const sized = (pixels: number): void => say({ say: 'sized', id, pixels })
  const stage = (now: WorkStage): void => say({ say: 'stage', id, stage: now })
  if (task.kind === 'picture') return anonymizePicture(task, media, signal, { sized, progress, stage })
  // FFmpeg is loaded for films only: half of the workers never see one.
  const { anonymizeFilm, USUAL_TUNING } = await import('../film/anonymize-film.ts')
  const tuning = { ...USUAL_TUNING, threads: start.threads, gpu: models.gpu }
  const part = (name: string): void => say({ say: 'part', id, name })
  return anonymizeFilm(task, media, { sized, progress, part, stage }, signal, tuning)
}

async function work(task: MediaTask, models: WorkerModels, start: WorkerStart): Promise<void> {
  const { counted } = models
  counted.take()
  try {
    const report = await anonymize(task, models, start)
    say({ say: 'done', id: task.id, report: { ...report, work: counted.take() } })
  } catch (error) {
    const answer = failureAnswer(error)
    if (answer.code === 'GPU_NOT_AVAILABLE') dieOf(error)
    // Read by whoever replaces this process after a mistake of ours.
    if (answer.code === 'INTERNAL') console.error(error)
    say({ say: 'failed', id: task.id, ...answer })
  }
  if (process.memoryUsage().external > LEFT_BEHIND_BYTES) collectGarbage()
}

/** A GPU that failed is no use to the next task either: the next worker proves it anew, or is unfit and says so. */
function dieOf(error: unknown): never {
  console.error(error)
  process.exit(1)
}

/** What finished tasks and the models may hold outside of V8's heap until the next collection. */
const LEFT_BEHIND_BYTES = 96 * 1024 * 1024

/** Buffers of finished tasks go now, not when V8, which sees only their small heads, thinks of it. */
const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  return typeof gc === 'function' ? () => gc() : () => {}
})()

process.on('disconnect', () => process.exit(0))
try {
  const start = workerStartSchema.parse(JSON.parse(process.argv[2] ?? ''))
  const models = await load(start)
  let leaving = false
  let inHand: Promise<void> = Promise.resolve()
  process.on('message', (message: ToWorker) => {
    if (message.do === 'stop') leaving = true
    else inHand = inHand.then(() => work(message.task, models, start))
    void inHand.then(() => leaving && process.exit(0))
  })
  say({ say: 'ready', executionProvider: start.executionProvider })
} catch (error) {
  console.error(error)
  say({ say: 'unfit', ...failureAnswer(error) })
  process.disconnect?.()
}
