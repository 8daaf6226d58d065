// One warm media worker seen from outside: it is ready or unfit, and every task ends by an answer or by its death.
import { join } from 'node:path'
import { watchMemory } from '#runtime/box/memory-watch.ts'
import { processTree, residentBytes } from '#runtime/box/process-tree.ts'
import type { BoxEnd } from '#runtime/box/pure/box-request.ts'
import type { BoxedChild } from '#runtime/box/spawn-boxed.ts'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import {
  decideWear,
  memoryLimit,
  silence,
  type WearVerdict,
  type WorkerLimits,
} from '../pure/worker-limits.ts'
import { processorMs } from './processor-time.ts'
import type { FromWorker, MediaTask, RenderReport, ToWorker, WorkerProgress, WorkStage } from './protocol.ts'
import { watchSilence } from './watch-silence.ts'
import { WorkerDeath, WorkerUnfit } from './worker-death.ts'
import { readWorkerMessage } from './worker-message.ts'

export interface TaskWatch {
  /** Aborting kills the worker. */
  readonly signal: AbortSignal
  readonly onProgress?: (progress: WorkerProgress) => void
  readonly onStage?: (stage: WorkStage) => void
  /** A part of a film lies finished at this path, which is the worker's to change, until the task is over. */
  readonly onPart?: (name: string, path: string) => void
}

type Answer =
  | { readonly got: 'done'; readonly report: RenderReport }
  | { readonly got: 'failed'; readonly code: string; readonly detail: string }
  | { readonly got: 'death'; readonly death: WorkerDeath }
  | { readonly got: 'aborted' }

/** What a worker reports and a later try may not meet again. */
const TRANSIENT = new Set(['DISK_FULL', 'STORE_UNAVAILABLE'])
const STDERR_CHARS = 2000
/** A film of a day in parts has fewer; a worker that tells of more is not listened to. */
const MOST_STAGES = 5000

const residentTree = (pid: number | undefined): number =>
  pid === undefined ? 0 : processTree(pid).reduce((sum, each) => sum + residentBytes(each), 0)

function deathOf(end: BoxEnd): WorkerDeath {
  switch (end.how) {
    case 'memory':
      return new WorkerDeath('WORKER_MEMORY', 'memory', 'The worker took more memory than it may.')
    case 'exited':
      return new WorkerDeath('WORKER_DIED', 'exit', `The worker left with code ${end.code}.`)
    case 'signalled':
      return new WorkerDeath('WORKER_DIED', 'signal', `The worker was ended by ${end.signal}.`)
    default:
      return new WorkerDeath('WORKER_DIED', 'signal', `The worker was ${end.how}.`)
  }
}

export class MediaChild {
  readonly executionProvider: string
  /** Resolves when the process is gone, with what it wrote to standard error; never rejects. */
  readonly ended: Promise<{ readonly stderr: string }>
  readonly #child: BoxedChild
  readonly #limits: WorkerLimits
  readonly #readyBytes: number
  #listener: ((message: FromWorker | undefined) => void) | undefined
  /** Told of the death by one subscription for all tasks: one for each would be kept as long as the worker lives. */
  #onDeath: ((death: WorkerDeath) => void) | undefined
  #death: WorkerDeath | undefined
  #tasks = 0
  #alive = true

  private constructor(child: BoxedChild, limits: WorkerLimits, provider: string, readyBytes: number) {
    this.executionProvider = provider
    this.#child = child
    this.#limits = limits
    this.#readyBytes = readyBytes
    this.ended = child.ended.then((end) => {
      this.#alive = false
      this.#death = deathOf(end)
      this.#onDeath?.(this.#death)
      return { stderr: end.stderr.text.slice(0, STDERR_CHARS) }
    })
    child.onMessage((raw) => {
      const read = readWorkerMessage(raw)
      this.#listener?.(read.verdict === 'ok' ? read.message : undefined)
    })
  }

  /** Waits until the worker has loaded its models. @throws {WorkerUnfit} when it cannot; the process is gone then. */
  static async ready(child: BoxedChild, limits: WorkerLimits): Promise<MediaChild> {
    const first = Promise.withResolvers<FromWorker | string>()
    child.onMessage((raw) => {
      const read = readWorkerMessage(raw)
      first.resolve(read.verdict === 'ok' ? read.message : `it answered garbage (${read.why})`)
    })
    void child.ended.then((end) =>
      first.resolve(`${deathOf(end).message} ${end.stderr.text.slice(0, STDERR_CHARS)}`.trim()),
    )
    const timer = setTimeout(() => first.resolve('it was not ready in time'), limits.readyMs)
    const said = await first.promise
    clearTimeout(timer)
    if (typeof said !== 'string' && said.say === 'ready')
      return new MediaChild(child, limits, said.executionProvider, residentTree(child.pid))
    child.kill()
    await child.ended
    if (typeof said === 'string') throw new WorkerUnfit('WORKER_DIED', said, false)
    throw said.say === 'unfit'
      ? new WorkerUnfit(said.code, said.detail, true)
      : new WorkerUnfit('WORKER_DIED', 'it spoke out of turn', false)
  }

  get alive(): boolean {
    return this.#alive
  }

  /**
   * Has one task done; one at a time.
   * @throws {PermanentFailure} with the worker's code, {@link TransientFailure} when its disk is full,
   * {@link WorkerDeath} when it died, or the signal's reason. After a death or an abort the process is gone.
   */
  async run(task: MediaTask, watch: TaskWatch): Promise<RenderReport> {
    watch.signal.throwIfAborted()
    this.#tasks++
    const answer = await this.#converse(task, watch)
    if (answer.got === 'done') return answer.report
    if (answer.got === 'failed') {
      const Failure = TRANSIENT.has(answer.code) ? TransientFailure : PermanentFailure
      throw new Failure(answer.code, answer.detail)
    }
    await this.kill()
    throw answer.got === 'death' ? answer.death : watch.signal.reason
  }

  async #converse(task: MediaTask, watch: TaskWatch): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>()
    const die = (code: WorkerDeath['code'], by: WorkerDeath['by'], detail: string): void =>
      answer.resolve({ got: 'death', death: new WorkerDeath(code, by, detail) })
    const onAbort = (): void => answer.resolve({ got: 'aborted' })
    const used = (): number => processorMs(this.#child.pid)
    using quiet = watchSilence(silence(this.#limits, undefined), used, () =>
      die('WORKER_TIMEOUT', 'silence', 'The worker stopped answering.'),
    )
    using memory = this.#watchMemory(() =>
      die('WORKER_MEMORY', 'memory', 'The worker took more memory than it may.'),
    )
    let furthest = -1
    let stages = 0
    this.#listener = (message) => {
      if (message === undefined) die('WORKER_DIED', 'garbage', 'The worker answered garbage.')
      else if (!('id' in message) || message.id !== task.id) return
      else if (message.say === 'sized') {
        memory.sized(message.pixels)
        quiet.allow(silence(this.#limits, message.pixels))
      } else if (message.say === 'progress') {
        if (message.progress <= furthest) return
        furthest = message.progress
        quiet.heard()
        const { progress, framesPerSecond, etaSeconds } = message
        watch.onProgress?.({ progress, framesPerSecond, etaSeconds })
      } else if (message.say === 'stage') {
        if (stages++ < MOST_STAGES) watch.onStage?.(message.stage)
      } else if (message.say === 'part') {
        if (task.partsPath !== undefined) watch.onPart?.(message.name, join(task.partsPath, message.name))
      } else if (message.say === 'done') answer.resolve({ got: 'done', report: message.report })
      else answer.resolve({ got: 'failed', code: message.code, detail: message.detail })
    }
    this.#onDeath = (death) => answer.resolve({ got: 'death', death })
    if (this.#death !== undefined) this.#onDeath(this.#death)
    watch.signal.addEventListener('abort', onAbort)
    this.#child.send({ do: 'task', task } satisfies ToWorker)
    const got = await answer.promise
    watch.signal.removeEventListener('abort', onAbort)
    this.#listener = undefined
    this.#onDeath = undefined
    return got
  }

  #watchMemory(onOver: () => void): Disposable & { sized(pixels: number): void } {
    const { pid } = this.#child
    if (pid === undefined) return { sized: () => {}, [Symbol.dispose]: () => {} }
    let watch = watchMemory(pid, memoryLimit(this.#limits, undefined), onOver)
    return {
      sized: (pixels) => {
        watch[Symbol.dispose]()
        watch = watchMemory(pid, memoryLimit(this.#limits, pixels), onOver)
      },
      [Symbol.dispose]: () => watch[Symbol.dispose](),
    }
  }

  /** Whether it may take another task. */
  wear(): WearVerdict {
    const nowBytes = residentTree(this.#child.pid)
    return decideWear(this.#limits, { tasks: this.#tasks, readyBytes: this.#readyBytes, nowBytes })
  }

  /** Kills the process with everything that it started and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill()
    await this.#child.ended
  }
}
