// The anonymizer as a room: its pools of workers and its pumps; in a process of its own it outlives unfit workers and can be drained.
import { type AnonymizerParts, startAnonymizer } from '#anonymizer/anonymizer.ts'
import { openMediaPools } from '#anonymizer/media-pools.ts'
import type { MediaKind } from '#anonymizer/result-metrics.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { ourManifest } from '#models/model-store.ts'
import { pause } from '#runtime/pause.ts'
import { workFolderMetrics } from '#runtime/service/health-metrics.ts'
import type { Room, RunningRoom } from '#runtime/service/lifecycle.ts'
import { cores, machineBox } from './machine.ts'
import { workerSetup } from './pixels.ts'
import { type RoomContext, workerGround, workerStore } from './rooms.ts'
import { startWhenFit, type Work } from './start-when-fit.ts'

/** What an anonymizer in a process of its own is told besides. */
export interface OwnProcess {
  /** Which tasks it takes. */
  readonly kinds: readonly MediaKind[]
  /** How long films are cut, and from how many parts on others get a share. */
  readonly films: { readonly partSeconds: number; readonly shareOf: number | undefined }
  /** How long it may go on with tasks in hand when it is stopped or drained. */
  readonly drainMs: number
  /** Aborting it drains: no new task is taken and the group is left, while the process stays up. */
  readonly drain: AbortSignal
  /** Why it takes no work, for /readyz; undefined: it does. */
  readonly idle: (reason: string | undefined) => void
}

const BOTH: readonly MediaKind[] = ['picture', 'film']
/** A model folder may be filled, or a driver loaded, while we wait. */
const RETRY_UNFIT_MS = 60_000
const UNFIT = 'workers cannot be started here: see the log and docs/runbooks/worker-unfit.md'

export const anonymizerRoom = (context: RoomContext, own?: OwnProcess): Room => ({
  name: 'anonymizer',
  start: async (signal) => {
    const kinds = own?.kinds ?? BOTH
    const setup = workerSetup(context.environment, 1)
    const { executionProvider } = setup
    const metrics = taskMetrics(context.registry, { executionProvider, models: ourManifest().models })
    const folder = await context.workFolder('anonymizer')
    workFolderMetrics(context.registry, folder)
    const pools = await openMediaPools({
      box: await machineBox(context.environment),
      workFolder: folder,
      setup,
      slots: { picture: kinds.includes('picture') ? cores() : 0, film: kinds.includes('film') ? 1 : 0 },
      threads: { film: cores() },
      log: context.log,
      metrics,
    })
    const films = own && { filmPartSeconds: own.films.partSeconds, shareFilmsOf: own.films.shareOf }
    const made = { pools, metrics, kinds, ...films }
    const begin: Begin = (stop, drain) => beginWork(context, made, { stop, drain })
    const running = own === undefined ? await plainRoom(begin, signal) : await ownRoom(begin, own, signal)
    return {
      ...running,
      [Symbol.asyncDispose]: async () => {
        await running.done.catch(() => undefined)
        await pools[Symbol.asyncDispose]()
      },
    }
  },
})

type Begin = (stop: AbortSignal, drain: AbortSignal) => Promise<Work>
type Running = Required<Pick<RunningRoom, 'done'>> & Pick<RunningRoom, 'drain'>

async function beginWork(
  context: RoomContext,
  made: Pick<AnonymizerParts, 'pools' | 'metrics' | 'kinds' | 'filmPartSeconds' | 'shareFilmsOf'>,
  signals: { stop: AbortSignal; drain: AbortSignal },
): Promise<Work> {
  const shared = await context.shared
  const { stores, codec, relay } = shared
  const { clock, owner, log, pumps } = context
  return startAnonymizer({
    ...{ bus: stores.bus, store: workerStore(shared), objects: stores.objects },
    ...{ codec, clock, owner, log, ...made },
    ...{ signal: signals.stop, drain: signals.drain },
    pumpMetrics: pumps('syntonym.anonymizer'),
    firm: workerGround(shared),
    wakeRelay: () => relay.wake(),
  })
}

async function plainRoom(begin: Begin, signal: AbortSignal): Promise<Running> {
  return { done: (await begin(signal, new AbortController().signal)).done }
}

/** Its `done` resolves after a stop only: a process that was drained stays up and says that it is. */
async function ownRoom(begin: Begin, own: OwnProcess, signal: AbortSignal): Promise<Running> {
  const draining = new AbortController()
  const giveUp = new AbortController()
  const stop = AbortSignal.any([signal, giveUp.signal])
  const work = await startWhenFit({
    start: () => begin(stop, draining.signal),
    onUnfit: (code) => own.idle(`${code}: ${UNFIT}`),
    onFit: () => own.idle(undefined),
    retryMs: RETRY_UNFIT_MS,
    signal: AbortSignal.any([stop, draining.signal]),
  })
  const drain = async (): Promise<void> => {
    own.idle('draining: tasks in hand come to their end, none is taken')
    draining.abort()
    const late = new AbortController()
    await Promise.race([work.done.catch(() => undefined), pause(own.drainMs, late.signal)])
    late.abort()
    giveUp.abort(new DOMException('Drained for as long as it may.', 'AbortError'))
    await work.done.catch(() => undefined)
    own.idle('drained: no task is taken until the process is started again')
  }
  own.drain.addEventListener('abort', () => void drain(), { once: true })
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  return { done: work.done.then(() => stopped), drain }
}
