import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import type { RawDetection } from '#anonymizer/detect/detector.ts'
import { openSynModels } from '#anonymizer/syn/open-syn-models.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadSynModels } from '#models/model-store.ts'
import type { Box } from '#schemas/detection-document.ts'
import { synConfigSchema } from '#schemas/model-config.ts'
import { makeFilm } from '../film/make-film.ts'
import { decodeLuma } from '../film/probe-film.ts'
import { runTask } from '../film/run-task.ts'
import { MODELS_READY, testDetectors, WITHOUT_MODELS } from '../picture/prepared-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

const FRAMES = 8
const SIZE = { width: 256, height: 192 }
const folder = mkdtempSync(join(tmpdir(), 'syntonym-syn-film-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A face of the sample that stands still, as brightness and quarter-size colours. */
async function facePlanes(): Promise<readonly Uint8Array[]> {
  const street = await readFile(join(import.meta.dirname, '../../samples/street.jpg'))
  const cut = sharp(street)
    .extract({ left: 124, top: 384, ...SIZE })
    .removeAlpha()
  const rgb = await cut.raw().toBuffer()
  const at = (x: number, y: number, c: number): number => rgb[(y * SIZE.width + x) * 3 + c] ?? 0
  const luma = (x: number, y: number): number =>
    0.299 * at(x, y, 0) + 0.587 * at(x, y, 1) + 0.114 * at(x, y, 2)
  const [w, h] = [SIZE.width / 2, SIZE.height / 2]
  const plane = (width: number, height: number, value: (x: number, y: number) => number): Uint8Array =>
    Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)))
  return [
    plane(SIZE.width, SIZE.height, (x, y) => 16 + luma(x, y) * 0.86),
    plane(w, h, (x, y) => 128 + (at(2 * x, 2 * y, 2) - luma(2 * x, 2 * y)) * 0.49),
    plane(w, h, (x, y) => 128 + (at(2 * x, 2 * y, 0) - luma(2 * x, 2 * y)) * 0.63),
  ]
}

const difference = (a: Uint8Array, b: Uint8Array, inside: (i: number) => boolean): number => {
  let [sum, count] = [0, 0]
  a.forEach((value, i) => {
    if (!inside(i)) return
    sum += Math.abs(value - (b[i] ?? 0))
    count++
  })
  return sum / count
}

describe.skipIf(!MODELS_READY)('a film with a synthetic face', () => {
  test.each([0, 90] as const)(
    'stored turned by %d degrees shows the same other face in every frame',
    async (rotation) => {
      const planes = await facePlanes()
      const [input, output] = [join(folder, `in-${rotation}.mp4`), join(folder, `out-${rotation}.mp4`)]
      makeFilm({
        ...{
          path: input,
          muxer: 'mp4',
          codec: 'libx264',
          codecOptions: { preset: 'ultrafast', crf: '8' },
          ...SIZE,
        },
        ...{ timeBase: [1, 25], times: Array.from({ length: FRAMES }, (_, i) => i), rotation },
        paint: (into) => {
          into.forEach(({ data, stride }, p) => {
            const [width, height] = p === 0 ? [SIZE.width, SIZE.height] : [SIZE.width / 2, SIZE.height / 2]
            for (let y = 0; y < height; y++)
              data.set(planes[p]?.subarray(y * width, (y + 1) * width) ?? [], y * stride)
          })
        },
      })
      const options = { threads: 1, executionProvider: 'cpu' } as const
      const syn = await openSynModels(
        await loadSynModels({ cacheFolder: modelCacheFolder(process.env) }),
        options,
      )
      await using detectors = await testDetectors()
      // A face that lies on its side in the displayed film is not one that the detector finds: it is told where it is.
      const face = {
        ...detectors.face,
        detect: async (picture: { readonly width: number }) => [faceAt(rotation, picture.width)],
      }
      const looks = { found: 0, followed: 0 }
      const mesh: typeof syn.mesh = {
        ...syn.mesh,
        find(...where) {
          looks.found++
          return syn.mesh.find(...where)
        },
        follow(...where) {
          looks.followed++
          return syn.mesh.follow(...where)
        },
      }
      const { report } = await runTask(input, output, {
        models: { face, plate: detectors.plate, syn: async () => ({ ...syn, mesh }) },
        task: { choice: { model: 'syn', config: synConfigSchema.parse({}) }, synSeed: 'c'.repeat(64) },
      })
      await syn.mesh[Symbol.asyncDispose]()
      expect(report.facts.faces_synthetic).toBe(FRAMES)
      expect(report.facts.faces_switched).toBeUndefined()
      expect(looks).toEqual({ found: 1, followed: FRAMES - 1 })
      const { pictures, width } = decodeLuma(output)
      const [before] = decodeLuma(input).pictures
      const inFace = (i: number): boolean =>
        Math.abs((i % width) - 121) < 22 && Math.abs(Math.floor(i / width) - 92) < 28
      const outside = (i: number): boolean => i % width < 16
      for (const picture of pictures) {
        expect(difference(picture, pictures[0] ?? picture, inFace)).toBeLessThan(3)
        expect(difference(picture, before ?? picture, inFace)).toBeGreaterThan(5)
        expect(difference(picture, before ?? picture, outside)).toBeLessThan(4)
      }
    },
    240_000,
  )
})

/** Where the face is, in the displayed film as the detector gets it. */
function faceAt(rotation: 0 | 90, width: number): RawDetection {
  const [x1, y1, x2, y2] = FACE
  const shown =
    rotation === 0 ? ([x1, y1, x2, y2] as const) : ([SIZE.height - y2, x1, SIZE.height - y1, x2] as const)
  const scale = width / (rotation === 0 ? SIZE.width : SIZE.height)
  const box: Box = [shown[0] * scale, shown[1] * scale, shown[2] * scale, shown[3] * scale]
  return { class: 'face', score: 0.95, box, roll: rotation }
}
const FACE = [85, 43, 158, 137] as const
