// Asks a warm boxed child what a file is; a file that kills, stalls or bloats the child costs the child, nothing else.
import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Box, BoxEnd } from '#runtime/box/pure/box-request.ts'
import { type BoxedWorker, type Heard, startBoxedWorker } from './boxed-worker.ts'
import type { ExtractorLimits } from './pure/limits.ts'
import {
  type ProbeAnswer,
  type ProbeOrder,
  type ProbeResult,
  probeAnswerSchema,
} from './pure/probe-result.ts'
import { fateAfter, type Loss } from './pure/worker-fate.ts'

/** Native libraries leak a little: a child is replaced after this many files. */
const FILES_PER_CHILD = 2000
/** The child has nothing to write; libraries may want a scratch file. */
const SCRATCH_BYTES = 1024 * 1024

export interface ProberOptions {
  readonly box: Box
  /** A folder of ours; `inbox` in it is the only place that the child reads files from. */
  readonly folder: string
  /** Further files or folders that may be looked into. */
  readonly readable?: readonly string[]
  readonly limits: ExtractorLimits
  /** Told how each child ended. */
  readonly onChildEnd?: ((end: BoxEnd) => void) | undefined
  readonly signal: AbortSignal
}

export interface Prober extends AsyncDisposable {
  /** Put files here to have them looked into; the child can read this folder and not write it. */
  readonly inbox: string
  /**
   * One file at a time; others wait.
   * @param scope whose file it is: a child that has met a damaged file never serves another scope
   */
  probe(path: string, fileName: string, scope: string): Promise<ProbeResult>
}

type Worker = BoxedWorker<ProbeAnswer>

interface Warm {
  readonly worker: Worker
  files: number
  /** Who was served last, and whether that one handed in something damaged. */
  scope: string
  tainted: boolean
}

const parse = (message: unknown): ProbeAnswer | undefined => probeAnswerSchema.safeParse(message).data

function lossOf(heard: Heard<ProbeAnswer>): Loss {
  if (heard.from === 'silence') return 'silent'
  if (heard.from !== 'end') return 'nonsense'
  return heard.end.how === 'memory' ? 'memory' : 'died'
}

/** A prober; its child starts with the first file. */
export async function startProber(options: ProberOptions): Promise<Prober> {
  const inbox = join(options.folder, 'inbox')
  await mkdir(inbox, { recursive: true })
  const own = await mkdtemp(join(options.folder, 'probe-'))
  let warm: Warm | undefined
  let last: Promise<unknown> = Promise.resolve()

  const retire = async (): Promise<void> => {
    await warm?.worker[Symbol.asyncDispose]()
    warm = undefined
  }
  const child = async (scope: string): Promise<Warm> => {
    if (warm && (warm.files >= FILES_PER_CHILD || (warm.tainted && warm.scope !== scope))) await retire()
    warm ??= {
      worker: await startBoxedWorker<ProbeAnswer>({
        box: options.box,
        file: 'probe-main.ts',
        folder: own,
        readable: [inbox, ...(options.readable ?? [])],
        memoryBytes: options.limits.probeMemoryBytes,
        fileBytes: SCRATCH_BYTES,
        parse,
        onEnd: options.onChildEnd,
        signal: options.signal,
      }),
      files: 0,
      scope,
      tainted: false,
    }
    if (warm.scope !== scope) warm.tainted = false
    warm.scope = scope
    return warm
  }
  const probeOnce = async (order: Omit<ProbeOrder, 'id'>, scope: string): Promise<ProbeResult | Loss> => {
    const used = await child(scope)
    const id = ++used.files
    used.worker.send({ ...order, id } satisfies ProbeOrder)
    const heard = await used.worker.hear(options.limits.probeMs)
    if (heard.from === 'message' && heard.message.say === 'probed' && heard.message.id === id) {
      const { result } = heard.message
      if (result.verdict === 'refused' && result.code.startsWith('MEDIA_')) used.tainted = true
      return result
    }
    await retire()
    options.signal.throwIfAborted()
    return lossOf(heard)
  }
  const probe = async (order: Omit<ProbeOrder, 'id'>, scope: string): Promise<ProbeResult> => {
    for (let deaths = 1; ; deaths++) {
      const result = await probeOnce(order, scope)
      if (typeof result !== 'string') return result
      const fate = fateAfter(result, deaths)
      if (fate.do === 'refuse') return { verdict: 'refused', ...fate.refusal }
    }
  }
  return {
    inbox,
    probe(path, fileName, scope) {
      const { picturePixels, filmPixels } = options.limits
      const turn = last.then(() => probe({ path, fileName, picturePixels, filmPixels }, scope))
      // A failure belongs to the one who asked, not to the next in line.
      last = turn.catch(() => undefined)
      return turn
    },
    [Symbol.asyncDispose]: async () => {
      await last
      await retire()
    },
  }
}
