// Opens one pool of boxed media workers for the commands that work without a server.
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FilmDevices, MEDIA_DEVICES, type MediaDevice } from '#anonymizer/film/pure/gpu-choice.ts'
import { FILM_LIMITS } from '#anonymizer/pure/worker-limits.ts'
import { mediaWorkerSpawner, type WorkerSetup } from '#anonymizer/worker/spawn-media-worker.ts'
import { createWorkerPool, type WorkerPool } from '#anonymizer/worker/worker-pool.ts'
import type { Box } from '#runtime/box/pure/box-request.ts'
import type { CommandIo } from './command-io.ts'
import { UsageError } from './exit-code.ts'
import { cores, type Environment, machineBox, modelCache } from './machine.ts'

export interface Pixels extends AsyncDisposable {
  readonly pool: WorkerPool
  readonly slots: number
  readonly box: Box
  /** For whatever else a command unpacks; removed at the end. */
  readonly workFolder: string
}

const PROVIDERS = ['cpu', 'cuda', 'tensorrt'] as const

/** The execution provider that the environment names. @throws {UsageError} */
export function executionProvider(environment: Environment): (typeof PROVIDERS)[number] {
  const asked = environment.SYNTONYM_EXECUTION_PROVIDER ?? 'cpu'
  const found = PROVIDERS.find((provider) => provider === asked)
  if (found === undefined)
    throw new UsageError(`SYNTONYM_EXECUTION_PROVIDER is one of ${PROVIDERS.join(', ')}, not "${asked}".`)
  return found
}

/** Options of a command that win over the environment. */
export interface DeviceOptions {
  readonly filmDecode?: string | undefined
  readonly filmEncode?: string | undefined
}

/** What films are decoded and encoded on. @throws {UsageError} */
export function filmDevices(environment: Environment, options: DeviceOptions = {}): FilmDevices {
  const device = (option: string | undefined, variable: string): MediaDevice => {
    const asked = option ?? environment[variable] ?? 'cpu'
    const found = MEDIA_DEVICES.find((each) => each === asked)
    if (found === undefined)
      throw new UsageError(`${variable} is one of ${MEDIA_DEVICES.join(', ')}, not "${asked}".`)
    return found
  }
  return {
    decode: device(options.filmDecode, 'SYNTONYM_FILM_DECODE'),
    encode: device(options.filmEncode, 'SYNTONYM_FILM_ENCODE'),
  }
}

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** How a media worker of this installation is started. */
export const workerSetup = (
  environment: Environment,
  threads: number,
  devices?: DeviceOptions,
): WorkerSetup => ({
  repositoryRoot,
  nodeBinary: process.execPath,
  modelFolder: modelCache(environment),
  executionProvider: executionProvider(environment),
  films: filmDevices(environment, devices),
  threads,
})

/** As many workers as files can run at once on these cores; a single file gets all cores as threads. */
export async function openPixels(
  io: CommandIo,
  options: { readonly files: number; readonly devices?: DeviceOptions },
): Promise<Pixels> {
  const slots = Math.max(1, Math.min(cores(), options.files))
  const threads = Math.max(1, Math.floor(cores() / slots))
  const workFolder = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-work-')))
  const box = await machineBox(io.environment)
  const pool = await createWorkerPool({
    slots,
    root: join(workFolder, 'pool'),
    spawn: mediaWorkerSpawner(box, workerSetup(io.environment, threads, options.devices), FILM_LIMITS),
    limits: FILM_LIMITS,
    events: { onDeath: (death, stderr) => io.err.write(`a worker died: ${death.message} ${stderr}\n`) },
  })
  return {
    pool,
    slots,
    box,
    workFolder,
    [Symbol.asyncDispose]: async () => {
      await pool[Symbol.asyncDispose]()
      await rm(workFolder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
