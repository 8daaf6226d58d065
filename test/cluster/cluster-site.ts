// A site in cluster mode for tests: real servers, topics of the command, and the rooms as processes that can be killed.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { cleanEnvironment, repository } from '#test/e2e/dev-process.ts'
import type { ClusterServers } from './cluster-servers.ts'

export type RoomName = 'gateway' | 'extractor' | 'anonymizer' | 'projection'

export interface RoomProcess {
  readonly room: RoomName
  readonly pid: number
  /** Where the gateway answers; empty for the others, and before it is ready. */
  readonly url: string
  readonly metricsUrl: string
  /** Resolves when it is ready. @throws with its output when it ends before or takes too long */
  readonly ready: Promise<RoomProcess>
  /** What it ended with, once it has ended by itself or by a signal. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  stop(signal?: NodeJS.Signals): Promise<number | null>
  hasEnded(): boolean
  output(): string
}

export interface ClusterSite extends AsyncDisposable {
  readonly jobsRoot: string
  readonly environment: Readonly<Record<string, string>>
  /** Runs the program to its end; answers exit code and what it said. */
  run(...args: readonly string[]): Promise<{ code: number; said: string }>
  start(
    room: RoomName,
    environment?: Readonly<Record<string, string>>,
    /** Processors that it may use, as `taskset -c` reads them; all unless given. */
    processors?: string,
  ): Promise<RoomProcess>
  /** The same without waiting: a process that can be killed while it starts. */
  spawn(room: RoomName, environment?: Readonly<Record<string, string>>): RoomProcess
}

const launcher = join(repository, 'cli', 'syntonym')
/** Starting on a loaded machine: loading models and joining groups. */
const START_LIMIT_MS = 180_000

const environmentOf = (servers: ClusterServers, folder: string, bucket: string) => ({
  SYNTONYM_MODE: 'cluster',
  SYNTONYM_JOBS_ROOT: join(folder, 'jobs'),
  SYNTONYM_DATA_DIR: join(folder, 'data'),
  SYNTONYM_PORT: '0',
  SYNTONYM_METRICS_PORT: '0',
  SYNTONYM_KAFKA_BROKERS: servers.brokers.join(','),
  SYNTONYM_SCHEMA_REGISTRY_URL: servers.registryUrl,
  SYNTONYM_REDIS_URL: servers.redisUrl,
  SYNTONYM_S3_ENDPOINT: servers.s3.endpoint,
  SYNTONYM_S3_ACCESS_KEY: servers.s3.accessKey,
  SYNTONYM_S3_SECRET_KEY: servers.s3.secretKey,
  SYNTONYM_S3_BUCKET: bucket,
})

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return child.exitCode
}

function spawnRoom(
  room: RoomName,
  { env, started, processors }: { env: NodeJS.ProcessEnv; started: ChildProcess[]; processors?: string },
): RoomProcess {
  const [command = launcher, ...args] =
    processors === undefined ? [launcher, room] : ['taskset', '-c', processors, launcher, room]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  started.push(child)
  let output = ''
  let addresses: readonly string[] = []
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-200_000)
  })
  const { promise: ready, resolve, reject } = Promise.withResolvers<RoomProcess>()
  ready.catch(() => undefined)
  const process: RoomProcess = {
    room,
    pid: child.pid ?? 0,
    get url() {
      return addresses.length > 1 ? (addresses[0] ?? '') : ''
    },
    get metricsUrl() {
      return addresses.at(-1) ?? ''
    },
    ready,
    ended: once(child, 'exit').then(([code, signal]) => ({ code, signal })),
    stop: (signal = 'SIGTERM') => end(child, signal),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    output: () => output,
  }
  const timer = setTimeout(
    () => reject(new Error(`${room} was not ready after ${START_LIMIT_MS} ms:\n${output}`)),
    START_LIMIT_MS,
  )
  child.once('exit', (code, signal) => {
    clearTimeout(timer)
    reject(new Error(`${room} ended with ${code ?? signal} before it was ready:\n${output}`))
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    output += `${line}\n`
    const found = line.match(/http:\/\/[\d.]+:\d+/g) ?? []
    if (found.length === 0 || addresses.length > 0) return
    addresses = found
    clearTimeout(timer)
    resolve(process)
  })
  return process
}

/** Folders of its own; everything it started is killed at the end. `more`: variables for every process. */
export async function makeClusterSite(
  servers: ClusterServers,
  bucket: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ClusterSite> {
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-cluster-'))
  const environment = { ...environmentOf(servers, folder, bucket), ...more }
  await mkdir(environment.SYNTONYM_JOBS_ROOT)
  const env = { ...cleanEnvironment(), ...environment }
  const started: ChildProcess[] = []
  return {
    jobsRoot: environment.SYNTONYM_JOBS_ROOT,
    environment,
    async run(...args) {
      const running = promisify(execFile)(launcher, args, { env, timeout: START_LIMIT_MS })
      try {
        const { stdout, stderr } = await running
        return { code: 0, said: stdout + stderr }
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
        return { code, said: `${stdout}${stderr}` }
      }
    },
    start: (room, more, processors) =>
      spawnRoom(room, {
        ...{ env: { ...env, ...more }, started },
        ...(processors === undefined ? {} : { processors }),
      }).ready,
    spawn: (room, more) => spawnRoom(room, { env: { ...env, ...more }, started }),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((child) => end(child, 'SIGKILL')))
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
