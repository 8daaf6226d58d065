// Proves on a machine without a GPU that whoever asks for one is told so, with a code, and that nothing is written instead.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { openGpu } from '#anonymizer/film/open-gpu.ts'
import { openMediaPools } from '#anonymizer/media-pools.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { machineBox } from '#cli/machine.ts'
import { filmDevices, workerSetup } from '#cli/pixels.ts'
import { silentLog } from '../anonymizer/fixtures/task-bench.ts'
import { MODELS_READY } from '../picture/prepared-models.ts'
import { film, folder } from './square-film.ts'

const root = join(import.meta.dirname, '..', '..')
const noGpu = !existsSync('/dev/nvidia0')
if (!noGpu) console.log('skipped: there is a GPU')

const ASKED = [
  ['decode', 'cpu', 'cuda'],
  ['encode', 'cuda', 'cpu'],
] as const

test.runIf(noGpu).each(ASKED)('a GPU to %s films is refused with what is missing and what to set', (step) => {
  const devices = { decode: 'cpu', encode: 'cpu', [step]: 'cuda' } as const
  expect(() => openGpu(devices)).toThrow(
    expect.objectContaining({
      code: 'GPU_NOT_AVAILABLE',
      message: expect.stringMatching(
        new RegExp(`${step}d on a GPU, but CUDA finds no driver .*SYNTONYM_FILM_${step.toUpperCase()}=cpu`),
      ),
    }),
  )
})

test('films that stay on the CPU need none', () => {
  expect(openGpu({ decode: 'cpu', encode: 'cpu' })).toBeUndefined()
})

test('an option wins over the environment, and a word that is no device is wrong use', () => {
  const environment = { SYNTONYM_FILM_DECODE: 'cuda', SYNTONYM_FILM_ENCODE: 'cuda' }
  expect(filmDevices(environment, { filmEncode: 'cpu' })).toEqual({ decode: 'cuda', encode: 'cpu' })
  expect(filmDevices({})).toEqual({ decode: 'cpu', encode: 'cpu' })
  expect(() => filmDevices({ SYNTONYM_FILM_DECODE: 'nvdec' })).toThrow(
    'SYNTONYM_FILM_DECODE is one of cpu, cuda, not "nvdec".',
  )
})

test.runIf(noGpu && MODELS_READY)(
  'workers for films are unfit without the GPU, those for pictures are not asked',
  async () => {
    const registry = new Registry()
    await using pools = await openMediaPools({
      box: await machineBox(process.env),
      workFolder: join(realpathSync(folder), 'pools'),
      setup: workerSetup(process.env, 1, { filmDecode: 'cuda' }),
      slots: { picture: 1, film: 1 },
      log: silentLog,
      metrics: taskMetrics(registry, { executionProvider: 'cpu', models: [] }),
    })
    await expect(pools.picture.ready()).resolves.toEqual({ executionProvider: 'cpu' })
    const unfit = { name: 'WorkerUnfit', code: 'GPU_NOT_AVAILABLE', said: true }
    await expect(pools.film.ready()).rejects.toMatchObject(unfit)
    expect(await registry.metrics()).toContain(
      'syntonym_worker_unfit_total{kind="film",code="GPU_NOT_AVAILABLE"} 1',
    )
  },
  60_000,
)

const hide = (input: string, output: string, options: readonly string[], environment = {}) =>
  spawnSync(join(root, 'cli', 'syntonym'), ['hide', input, '-o', output, ...options], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 100_000,
  })

test.runIf(noGpu && MODELS_READY).each([
  ['decode', ['--film-decode', 'cuda'], {}, 'GPU_NOT_AVAILABLE'],
  ['encode', ['--film-encode', 'cuda'], {}, 'GPU_NOT_AVAILABLE'],
  ['encode, by the environment', [], { SYNTONYM_FILM_ENCODE: 'cuda' }, 'GPU_NOT_AVAILABLE'],
  ['detect', [], { SYNTONYM_EXECUTION_PROVIDER: 'cuda' }, 'MODEL_NOT_AVAILABLE'],
] as const)(
  'hiding on a GPU to %s fails with a code and leaves no film',
  (_, options, environment, code) => {
    const { input, output } = film({ times: [0, 1, 2] })
    const { status, stderr } = hide(input, output, options, environment)
    expect([status, stderr]).toEqual([1, expect.stringContaining(`No media worker can be started`)])
    expect(stderr).toContain(code)
    expect(readdirSync(folder).filter((name) => output.endsWith(name))).toEqual([])
  },
  120_000,
)
