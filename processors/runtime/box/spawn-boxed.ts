// Starts a child process in the box and promises that it ends: by itself, by a limit, or by being killed as a group.
import { type ChildProcess, spawn } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { constants } from 'node:os'
import { captureOutput } from './capped-output.ts'
import { watchMemory } from './memory-watch.ts'
import type { Box, BoxEnd, BoxRequest } from './pure/box-request.ts'
import { bubblewrapArguments } from './pure/bubblewrap-arguments.ts'
import { limitedShell } from './pure/limit-script.ts'

const DEFAULT_OUTPUT_BYTES = 64 * 1024
const SHELL = '/bin/sh'
/** A shell and bubblewrap report a child's signal as this plus its number. */
const SIGNAL_CODE = 128

export interface BoxedChild extends AsyncDisposable {
  /** Of the outermost process, in the host's numbers; undefined when it could not be started. */
  readonly pid: number | undefined
  /** Never rejects. */
  readonly ended: Promise<BoxEnd>
  /** Sends a JSON message; lost when the child has ended, which `ended` tells. */
  send(message: unknown): void
  /** What the child says comes from hostile ground: validate it. */
  onMessage(listener: (message: unknown) => void): void
  kill(): void
}

async function commandFor(box: Box, request: BoxRequest): Promise<readonly string[]> {
  const { strategy } = box
  switch (strategy.name) {
    case 'bubblewrap': {
      const readable = await Promise.all(
        [...new Set(request.readable)].map(async (path) => ({ path, source: await realpath(path) })),
      )
      const plan = { request, readable, system: box.system, proc: strategy.proc }
      return [strategy.program, ...bubblewrapArguments(plan)]
    }
    case 'unshare': {
      const spaces = ['--net', '--ipc', '--pid', '--fork', '--kill-child=KILL']
      // Another /proc hides the environment of every other process, ours among them.
      if (strategy.proc) spaces.unshift('--mount-proc')
      if (strategy.user) spaces.unshift('--user', '--map-current-user')
      // The box dies with us even where we die by SIGKILL.
      const guard = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '/usr/bin/unshare', ...spaces]
      // The first process of a namespace is deaf to signals that kill others: a shell is that one, and tells the end.
      const first = [SHELL, '-c', '"$@"; exit $?', 'sh']
      return [...guard, '--', ...first, request.command, ...request.args]
    }
    case 'plain':
      return [request.command, ...request.args]
  }
}

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`

type Ending =
  | { how: 'exited'; code: number }
  | { how: 'signalled'; signal: string }
  | { how: 'memory' | 'aborted' | 'killed' }
  | { how: 'unstartable'; reason: string }

function endOfProcess(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ how: 'unstartable', reason: error.message }))
    child.once('close', (code, signal) => {
      if (signal !== null) resolve({ how: 'signalled', signal })
      else if (code !== null && code > SIGNAL_CODE)
        resolve({ how: 'signalled', signal: signalName(code - SIGNAL_CODE) })
      else resolve({ how: 'exited', code: code ?? 0 })
    })
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

type OurCause = 'memory' | 'aborted' | 'killed'

/** Ends the child's group at most once, and remembers why. */
class Killer {
  readonly #child: ChildProcess
  #over = false
  #cause: OurCause | undefined

  constructor(child: ChildProcess) {
    this.#child = child
    child.once('exit', () => {
      this.#over = true
      // What it started and left behind would hold the pipes open.
      killGroup(child)
    })
  }

  get cause(): OurCause | undefined {
    return this.#cause
  }

  stop(why: OurCause): void {
    // Once it has ended its number may be somebody else's.
    if (this.#over) return
    this.#cause ??= why
    killGroup(this.#child)
  }
}

function startProcess(request: BoxRequest, args: readonly string[]): ChildProcess {
  return spawn(SHELL, args, {
    cwd: request.writable,
    env: { ...request.env },
    stdio: request.ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    serialization: 'json',
    // A group of its own, so that one kill reaches everything.
    detached: true,
  })
}

/** Resolves with the end, whatever brings it about. */
function watchUntilEnd(child: ChildProcess, request: BoxRequest, killer: Killer): Promise<BoxEnd> {
  const stdout = captureOutput(child.stdout, request.outputBytes ?? DEFAULT_OUTPUT_BYTES)
  const stderr = captureOutput(child.stderr, request.outputBytes ?? DEFAULT_OUTPUT_BYTES)
  const onAbort = (): void => killer.stop('aborted')
  const watch =
    child.pid === undefined
      ? undefined
      : watchMemory(child.pid, request.memoryBytes, () => killer.stop('memory'))
  if (request.signal.aborted) onAbort()
  else request.signal.addEventListener('abort', onAbort)
  return endOfProcess(child).then((ending): BoxEnd => {
    request.signal.removeEventListener('abort', onAbort)
    watch?.[Symbol.dispose]()
    const said = { stdout: stdout(), stderr: stderr(), peakBytes: watch?.peakBytes() ?? 0 }
    return killer.cause === undefined ? { ...ending, ...said } : { how: killer.cause, ...said }
  })
}

/**
 * Starts `request.command` in the box.
 * @throws {Error} ENOENT when a path of `readable` does not exist
 */
export async function spawnBoxed(box: Box, request: BoxRequest): Promise<BoxedChild> {
  const child = startProcess(request, limitedShell(request, await commandFor(box, request)))
  const killer = new Killer(child)
  const ended = watchUntilEnd(child, request, killer)
  return {
    pid: child.pid,
    ended,
    send: (message) => {
      // A channel that broke with its child: `ended` tells.
      if (child.connected) child.send(message as object, () => {})
    },
    onMessage: (listener) => child.on('message', listener),
    kill: () => killer.stop('killed'),
    [Symbol.asyncDispose]: async () => {
      killer.stop('killed')
      await ended
    },
  }
}
