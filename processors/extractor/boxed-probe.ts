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

type Question = Omit<ProbeOrder, 'id'>

const parse = (message: unknown): ProbeAnswer | undefined => probeAnswerSchema.safeParse(message).data

function lossOf(heard: Heard<ProbeAnswer>): Loss {
  if (heard.from === 'silence') return 'silent'
  if (heard.from !== 'end') return 'nonsense'
  return heard.end.how === 'memory' ? 'memory' : 'died'
}

/** The child that is warm, if one is, and what it has been through. */
class WarmChild {
  readonly #start: () => Promise<BoxedWorker<ProbeAnswer>>
  readonly #options: ProberOptions
  #worker: BoxedWorker<ProbeAnswer> | undefined
  #files = 0
  /** Who was served last, and whether that one handed in something damaged. */
  #scope = ''
  #tainted = false

  constructor(options: ProberOptions, start: () => Promise<BoxedWorker<ProbeAnswer>>) {
    this.#options = options
    this.#start = start
  }

  async retire(): Promise<void> {
    await this.#worker?.[Symbol.asyncDispose]()
    this.#worker = undefined
    this.#files = 0
    this.#tainted = false
  }

  async #ready(scope: string): Promise<BoxedWorker<ProbeAnswer>> {
    if (this.#files >= FILES_PER_CHILD || (this.#tainted && this.#scope !== scope)) await this.retire()
    this.#scope = scope
    this.#worker ??= await this.#start()
    return this.#worker
  }

  /** One try: an answer, or how the child was lost over it. */
  async ask(question: Question, scope: string): Promise<ProbeResult | Loss> {
    const worker = await this.#ready(scope)
    const id = ++this.#files
    worker.send({ ...question, id } satisfies ProbeOrder)
    const heard = await worker.hear(this.#options.limits.probeMs)
    if (heard.from === 'message' && heard.message.say === 'probed' && heard.message.id === id) {
      const { result } = heard.message
      if (result.verdict === 'refused' && result.code.startsWith('MEDIA_')) this.#tainted = true
      return result
    }
    await this.retire()
    this.#options.signal.throwIfAborted()
    return lossOf(heard)
  }
}

async function probe(warm: WarmChild, question: Question, scope: string): Promise<ProbeResult> {
  for (let deaths = 1; ; deaths++) {
    const result = await warm.ask(question, scope)
    if (typeof result !== 'string') return result
    const fate = fateAfter(result, deaths)
    if (fate.do === 'refuse')
      return { verdict: 'refused', code: fate.refusal.code, detail: fate.refusal.detail }
  }
}

/** A prober; its child starts with the first file. */
export async function startProber(options: ProberOptions): Promise<Prober> {
  const inbox = join(options.folder, 'inbox')
  await mkdir(inbox, { recursive: true })
  const own = await mkdtemp(join(options.folder, 'probe-'))
  const { box, limits, signal, onChildEnd: onEnd } = options
  const warm = new WarmChild(options, () =>
    startBoxedWorker<ProbeAnswer>({
      ...{ box, file: 'probe-main.ts', folder: own, parse, onEnd, signal },
      readable: [inbox, ...(options.readable ?? [])],
      memoryBytes: limits.probeMemoryBytes,
      fileBytes: SCRATCH_BYTES,
    }),
  )
  let last: Promise<unknown> = Promise.resolve()
  return {
    inbox,
    probe(path, fileName, scope) {
      const { picturePixels, filmPixels } = limits
      const turn = last.then(() => probe(warm, { path, fileName, picturePixels, filmPixels }, scope))
      // A failure belongs to the one who asked, not to the next in line.
      last = turn.catch(() => undefined)
      return turn
    },
    [Symbol.asyncDispose]: async () => {
      await last
      await warm.retire()
    },
  }
}
