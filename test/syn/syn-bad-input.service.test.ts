import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Create } from 'sharp'
import { describe, expect, test } from 'vitest'
import { anonymizePicture } from '#anonymizer/picture/anonymize-picture.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import type { Box, Detection, DetectionDocument, Quad } from '#schemas/detection-document.ts'
import { synConfigSchema } from '#schemas/model-config.ts'
import { pictureTask } from '../picture/picture-task.ts'
import { MODELS_READY, WITHOUT_MODELS } from '../picture/prepared-models.ts'
import { type BeforeAndAfter, keptPart } from './kept-part.ts'
import { openedModels } from './opened-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

const street = await readFile(join(import.meta.dirname, '../../samples/street.jpg'))
const shared = process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data')
const dogs = join(shared, 'faces/dlib/dogs.jpg')

/** Of samples/truth.json: a face, and a plate by its corners. */
const FACE: Box = [206, 436, 284, 520]
const PLATE: Quad = [
  [1036.9, 680.3],
  [1124.9, 674],
  [1124.8, 695.4],
  [1036.8, 702.3],
]
const around = { left: 160, top: 390, width: 170, height: 180 }
const plateCut = { left: 980, top: 620, width: 200, height: 130 }

const faceIn = ([x1, y1, x2, y2]: Box): Detection => ({
  ...{ class: 'face', score: 0.9, track: null, origin: 'drawn', roll: 0 },
  box: [x1, y1, x2, y2],
})
/** Something of one colour, to be laid over a picture. */
const sheetOf = (width: number, height: number, background: string): { input: { create: Create } } => ({
  input: { create: { width, height, channels: 3, background } },
})
const plateIn = (quad: Quad): Detection => {
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)]
  return {
    ...{ class: 'plate', score: 0.9, track: null, origin: 'drawn', quad },
    box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
  }
}
const movedBy = (quad: Quad, map: (x: number, y: number) => readonly [number, number]): Quad =>
  quad.map(([x, y]) => [...map(x, y)]) as Quad

describe.skipIf(!MODELS_READY)('a picture with what is hard to replace', () => {
  const models = openedModels()

  interface Hidden extends BeforeAndAfter {
    readonly detections: readonly Detection[]
    readonly facts: Readonly<Record<string, unknown>>
  }

  /** Lossless; `found` in place of looking. */
  async function hidden(picture: Buffer, found?: readonly Detection[]): Promise<Hidden> {
    await using given = await pictureTask(picture, '.png', {
      choice: { model: 'syn', config: synConfigSchema.parse({}) },
      synSeed: 'a'.repeat(64),
    })
    const before = await decodePicture(picture, '.png')
    const known = `${given.task.inputPath}.json`
    if (found) await writeFile(known, JSON.stringify(documentOf(before, found)))
    const task = found ? { ...given.task, givenDocumentPath: known } : given.task
    const { facts } = await anonymizePicture(task, models(), AbortSignal.timeout(280_000))
    const document: DetectionDocument = JSON.parse((await given.document()).toString())
    const after = await decodePicture(await given.output(), '.png')
    return { before, after, facts, detections: document.frames[0]?.detections ?? [] }
  }

  /** Everything is counted once, and nothing of it is left. */
  function expectNoneKept({ facts, detections, ...pictures }: Hidden, least = 1): void {
    expect(detections.length).toBeGreaterThanOrEqual(least)
    const counts = [
      'faces_synthetic',
      'faces_blurred_instead',
      'plates_synthetic',
      'plates_blurred_instead',
    ].map((name) => Number(facts[name]))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(detections.length)
    for (const each of detections) expect(keptPart(pictures, each)).toBeLessThan(0.01)
  }

  const faceCut = () => sharp(street).extract(around)
  const own: Box = [FACE[0] - around.left, FACE[1] - around.top, FACE[2] - around.left, FACE[3] - around.top]

  test('a face behind a reflecting pane is replaced or blurred', async () => {
    const { width, height } = around
    const shine = Buffer.alloc(width * height * 3)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        shine.fill((x + 2 * y) % 90 < 40 ? 120 : 20, (y * width + x) * 3, (y * width + x) * 3 + 3)
    const pane = await sharp(shine, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
    const glazed = await faceCut()
      .composite([{ input: pane, blend: 'screen' }])
      .png()
      .toBuffer()
    expectNoneKept(await hidden(glazed, [faceIn(own)]))
  }, 120_000)

  test('a face and its picture in a mirror are both replaced or blurred', async () => {
    const mirrored = await faceCut().flop().png().toBuffer()
    const both = await faceCut()
      .extend({ right: around.width, background: '#888888' })
      .composite([{ input: mirrored, left: around.width, top: 0 }])
      .png()
      .toBuffer()
    const there: Box = [2 * around.width - own[2], own[1], 2 * around.width - own[0], own[3]]
    const result = await hidden(both, [faceIn(own), faceIn(there)])
    expectNoneKept(result, 2)
    expect(result.facts.faces_synthetic).toBe(2)
  }, 120_000)

  test('a face under a mask is blurred, and the report says so', async () => {
    const masked = await faceCut()
      .composite([{ ...sheetOf(78, 52, '#9cc4e8'), left: own[0], top: own[1] + 36 }])
      .png()
      .toBuffer()
    const result = await hidden(masked, [faceIn(own)])
    expectNoneKept(result)
    expect(result.facts.faces_synthetic).toBe(0)
    expect(
      Number(result.facts.faces_blurred_occluded ?? 0) + Number(result.facts.faces_blurred_no_fit ?? 0),
    ).toBe(1)
  }, 120_000)

  test('300 faces in one picture are all replaced or blurred', async () => {
    const [across, down, tile] = [20, 15, 64]
    const one = await faceCut().resize(tile, tile, { fit: 'fill' }).png().toBuffer()
    const spots = Array.from({ length: across * down }, (_, i) => ({
      left: (i % across) * tile,
      top: Math.floor(i / across) * tile,
    }))
    const wall = await sharp({
      create: { width: across * tile, height: down * tile, channels: 3, background: '#777777' },
    })
      .composite(spots.map((spot) => ({ input: one, ...spot })))
      .png()
      .toBuffer()
    const [sx, sy] = [tile / around.width, tile / around.height]
    const found = spots.map(({ left, top }) =>
      faceIn([left + own[0] * sx, top + own[1] * sy, left + own[2] * sx, top + own[3] * sy]),
    )
    expectNoneKept(await hidden(wall, found), 300)
  }, 300_000)

  test.skipIf(!existsSync(dogs))(
    'the face of an animal is replaced or blurred where it is found',
    async () => {
      const picture = await sharp(await readFile(dogs))
        .resize(700)
        .png()
        .toBuffer()
      const result = await hidden(picture, [faceIn([60, 60, 240, 260]), faceIn([380, 90, 560, 290])])
      expectNoneKept(result, 2)
    },
    120_000,
  )

  const plate = movedBy(PLATE, (x, y) => [x - plateCut.left, y - plateCut.top])
  const plateBefore = () => sharp(street).extract(plateCut)

  test('a plate half hidden behind a post is replaced or blurred as a whole', async () => {
    const picture = await plateBefore()
      .composite([{ ...sheetOf(60, 110, '#404448'), left: 100, top: 20 }])
      .png()
      .toBuffer()
    expectNoneKept(await hidden(picture, [plateIn(plate)]))
  }, 120_000)

  test('a mirrored plate is replaced or blurred', async () => {
    const corners = movedBy(plate, (x, y) => [plateCut.width - x, y])
    const upright: Quad = [corners[1], corners[0], corners[3], corners[2]]
    const picture = await plateBefore().flop().png().toBuffer()
    expectNoneKept(await hidden(picture, [plateIn(upright)]))
    const asWritten = await hidden(picture, [plateIn(corners)])
    expectNoneKept(asWritten)
    expect(asWritten.facts).toMatchObject({ plates_synthetic: 0, plates_blurred_instead: 1 })
  }, 120_000)

  test('a plate seen at 80 degrees is blurred', async () => {
    const narrow = Math.cos((80 * Math.PI) / 180)
    const width = Math.round(plateCut.width * narrow)
    const picture = await plateBefore()
      .resize(width, plateCut.height, { fit: 'fill' })
      .extend({ left: 60, right: 60, extendWith: 'copy' })
      .png()
      .toBuffer()
    const quad = movedBy(plate, (x, y) => [60 + (x * width) / plateCut.width, y])
    const result = await hidden(picture, [plateIn(quad)])
    expectNoneKept(result)
    expect(result.facts).toMatchObject({ plates_synthetic: 0, plates_blurred_instead: 1 })
  }, 120_000)
})

const documentOf = (
  { width, height }: { readonly width: number; readonly height: number },
  detections: readonly Detection[],
): DetectionDocument => ({
  ...{ version: 1, kind: 'picture', width, height, rotation: 0, timeBase: null, models: [] },
  thresholds: { face: 0.5, plate: 0.5 },
  frames: [{ frame: 0, pts: 0, looked: true, detections: [...detections] }],
})
