// One server as a process group of its own: started, waited for, stopped by its id, never by its name.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  readonly logFile: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface ServerProcess {
  readonly pid: number
  /** `kill -9` of the whole group; resolves when the process is gone. */
  kill(): Promise<void>
  /** Resolves when the process is gone, however it ended. */
  readonly ended: Promise<void>
  hasEnded(): boolean
}

const POLL_MS = 150

/** The last lines that a server wrote. */
export const lastLines = (logFile: string, count = 15): string =>
  readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n')

export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export function spawnServer(command: ServerCommand): ServerProcess {
  const log = openSync(command.logFile, 'a')
  const child: ChildProcess = spawn(command.program, command.args, {
    cwd: command.folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', HOME: command.folder, LANG: 'C.UTF-8', ...command.environment },
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error(`${command.program} could not be started`)
  let gone = false
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      gone = true
      resolve()
    })
  })
  return {
    pid,
    ended,
    hasEnded: () => gone,
    async kill() {
      if (!gone) killGroup(pid)
      await ended
    },
  }
}

/** Asks until `isReady` says yes. @throws when the process ends or the time is over, with its last lines */
export async function untilReady(
  server: ServerProcess,
  options: { name: string; logFile: string; timeoutMs: number; isReady: () => Promise<boolean> },
): Promise<void> {
  const until = Date.now() + options.timeoutMs
  while (Date.now() < until) {
    if (server.hasEnded())
      throw new Error(`${options.name} ended while it started:\n${lastLines(options.logFile)}`)
    if (await options.isReady().catch(() => false)) return
    await sleep(POLL_MS)
  }
  throw new Error(`${options.name} was not ready in ${options.timeoutMs} ms:\n${lastLines(options.logFile)}`)
}
