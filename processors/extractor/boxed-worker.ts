// Starts one of our worker files as a boxed Node child, ready to be spoken to, and hands its messages out one by one.
import { resolve } from 'node:path'
import { compiledCode, nodeReadable } from '#runtime/box/node-readable.ts'
import type { Box, BoxEnd } from '#runtime/box/pure/box-request.ts'
import { spawnBoxed } from '#runtime/box/spawn-boxed.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** A child that is not ready by then never will be. */
const START_MS = 30_000
/** JavaScript memory of a child; media and buffers lie outside of it. */
const HEAP_MEGABYTES = 192

/** What comes from a child: a message as it was sent, silence for too long, or its end. */
export type Heard<T> =
  | { readonly from: 'message'; readonly message: T }
  /** Something that no worker of ours says. */
  | { readonly from: 'nonsense' }
  | { readonly from: 'silence' }
  | { readonly from: 'end'; readonly end: BoxEnd }

export interface BoxedWorker<T> extends AsyncDisposable {
  send(message: unknown): void
  /** The next message; `silence` after `waitMs`. After `end` always `end`. */
  hear(waitMs: number): Promise<Heard<T>>
}

export interface WorkerOptions<T> {
  readonly box: Box
  /** File below `processors/extractor/worker`. */
  readonly file: string
  /** The child's own folder: it exists, and only the child writes there. */
  readonly folder: string
  /** What it reads besides our source. */
  readonly readable: readonly string[]
  readonly memoryBytes: number
  readonly fileBytes: number
  readonly parse: (message: unknown) => T | undefined
  /** Told how the child ended, whoever ended it. */
  readonly onEnd?: ((end: BoxEnd) => void) | undefined
  readonly signal: AbortSignal
}

interface Queue<T> {
  push(item: T): void
  /** Undefined after `waitMs`. */
  shift(waitMs: number): Promise<T | undefined>
}

function queue<T>(): Queue<T> {
  const items: T[] = []
  let wake = (): void => {}
  return {
    push(item) {
      items.push(item)
      wake()
    },
    async shift(waitMs) {
      if (items.length === 0 && waitMs > 0) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>((resolve) => {
          wake = resolve
          timer = setTimeout(resolve, waitMs)
        })
        clearTimeout(timer)
      }
      return items.shift()
    },
  }
}

/** @throws {Error} where the child does not start at all: the installation is broken, not the file */
export async function startBoxedWorker<T>(options: WorkerOptions<T>): Promise<BoxedWorker<T>> {
  const compiled = compiledCode(options.box)
  const child = await spawnBoxed(options.box, {
    command: process.execPath,
    args: [`--max-old-space-size=${HEAP_MEGABYTES}`, resolve(import.meta.dirname, 'worker', options.file)],
    readable: [...nodeReadable(ROOT, process.execPath), ...compiled.readable, ...options.readable],
    writable: options.folder,
    memoryBytes: options.memoryBytes,
    fileBytes: options.fileBytes,
    env: compiled.env,
    ipc: true,
    signal: options.signal,
  })
  const heard = queue<Heard<T>>()
  child.onMessage((raw) => {
    const message = options.parse(raw)
    heard.push(message === undefined ? { from: 'nonsense' } : { from: 'message', message })
  })
  let end: BoxEnd | undefined
  void child.ended.then((how) => {
    end = how
    options.onEnd?.(how)
    heard.push({ from: 'end', end: how })
  })
  const worker: BoxedWorker<T> = {
    send: child.send,
    hear: async (waitMs) =>
      (await heard.shift(end ? 0 : waitMs)) ?? (end ? { from: 'end', end } : { from: 'silence' }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
  const first = await worker.hear(START_MS)
  if (first.from === 'message') return worker
  await child[Symbol.asyncDispose]()
  options.signal.throwIfAborted()
  const said = first.from === 'end' ? `${first.end.how}: ${first.end.stderr.text}` : first.from
  throw new Error(`the boxed worker ${options.file} does not start: ${said}`)
}
