// Starts the real program in local mode as a process of its own, and kills it, for tests that promise things end to end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const repository = join(import.meta.dirname, '..', '..')
const launcher = join(repository, 'cli', 'syntonym')
const START_LIMIT_MS = 60_000

export interface DevProcess {
  readonly url: string
  readonly pid: number
  /** Sends the signal and waits for the end; answers the exit code, null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Everything it printed so far. */
  output(): string
}

export interface Site extends AsyncDisposable {
  readonly dataDir: string
  readonly jobsRoot: string
}

/** What was started, by data folder. */
const running = new Map<string, ChildProcess[]>()

/** A data folder and a jobs root of their own, removed at the end together with what was started on them. */
export async function makeSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-e2e-'))
  const site = { dataDir: join(folder, 'data'), jobsRoot: join(folder, 'jobs') }
  await mkdir(site.jobsRoot)
  return {
    ...site,
    [Symbol.asyncDispose]: async () => {
      // A test that failed half-way leaves no process behind.
      await Promise.all((running.get(site.dataDir) ?? []).map((child) => end(child, 'SIGKILL')))
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Resolves when the program has said its address. @throws with its output when it ends before. */
export async function startDev(
  site: Pick<Site, 'dataDir' | 'jobsRoot'>,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<DevProcess> {
  const child = spawn(
    launcher,
    ['dev', '--data-dir', site.dataDir, '--jobs-root', site.jobsRoot, '--port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...cleanEnvironment(), ...environment } },
  )
  running.set(site.dataDir, [...(running.get(site.dataDir) ?? []), child])
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no address after ${START_LIMIT_MS} ms:\n${output}`)),
      START_LIMIT_MS,
    )
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      const address = /http:\/\/[\d.]+:\d+/.exec(line)?.[0]
      if (address !== undefined) {
        clearTimeout(timer)
        resolve(address)
      }
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code} before it was ready:\n${output}`))
    })
  })
  return { url, pid: child.pid ?? 0, output: () => output, stop: (signal = 'SIGTERM') => end(child, signal) }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return child.exitCode
}

/** The environment without variables of ours, so that a test never depends on the shell it was started from. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SYNTONYM_')))
}
