import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { anonymizePicture } from '#anonymizer/picture/anonymize-picture.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import type { DecodedPicture } from '#anonymizer/picture/decoded-picture.ts'
import type { Detection, DetectionDocument, Quad } from '#schemas/detection-document.ts'
import { synConfigSchema } from '#schemas/model-config.ts'
import { pictureTask } from '../picture/picture-task.ts'
import { MODELS_READY, WITHOUT_MODELS } from '../picture/prepared-models.ts'
import { type BeforeAndAfter, keptPart } from './kept-part.ts'
import { openedModels } from './opened-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

const street = await readFile(join(import.meta.dirname, '../../samples/street.jpg'))
const seed = (digit: string): string => digit.repeat(64)
const signal = new AbortController().signal

interface Hidden extends BeforeAndAfter {
  readonly detections: readonly Detection[]
  readonly facts: Readonly<Record<string, unknown>>
}

describe.skipIf(!MODELS_READY)('a picture with synthetic faces and plates', () => {
  const models = openedModels()

  /** Lossless, so that every sample can be compared; `found` in place of looking. */
  async function hidden(
    picture: Buffer,
    { synSeed = seed('a'), found }: { synSeed?: string; found?: readonly Detection[] } = {},
  ): Promise<Hidden> {
    await using given = await pictureTask(picture, '.png', {
      choice: { model: 'syn', config: synConfigSchema.parse({}) },
      synSeed,
    })
    const before = await decodePicture(picture, '.png')
    const known = `${given.task.inputPath}.json`
    if (found) await writeFile(known, JSON.stringify(documentOf(before, found)))
    const task = found ? { ...given.task, givenDocumentPath: known } : given.task
    const report = await anonymizePicture(task, models(), signal)
    const document: DetectionDocument = JSON.parse((await given.document()).toString())
    const after = await decodePicture(await given.output(), '.png')
    return { before, after, facts: report.facts, detections: document.frames[0]?.detections ?? [] }
  }

  test('has a face where there was a face, and nothing of it', async () => {
    const result = await hidden(await sharp(street).png().toBuffer())
    expect(result.facts.faces_synthetic).toBeGreaterThanOrEqual(3)
    expect(result.facts.plates_synthetic).toBeGreaterThanOrEqual(1)
    for (const found of result.detections) expect(keptPart(result, found)).toBeLessThan(0.01)
    const again = await models().face.detect(await lookAt(result), 0.5)
    expect(again.length).toBeGreaterThanOrEqual(3)
  }, 120_000)

  test('is the same for the same secret and another for another', async () => {
    const face = await sharp(street)
      .extract({ left: 120, top: 380, width: 260, height: 200 })
      .png()
      .toBuffer()
    const [one, same, other] = [
      await hidden(face),
      await hidden(face),
      await hidden(face, { synSeed: seed('b') }),
    ]
    expect(one.facts.faces_synthetic).toBe(1)
    expect(Buffer.from(one.after.data)).toEqual(Buffer.from(same.after.data))
    expect(Buffer.from(one.after.data)).not.toEqual(Buffer.from(other.after.data))
  }, 120_000)

  test.each([
    ['upside down', () => sharp(street).rotate(180)],
    ['mirrored', () => sharp(street).flop()],
    ['grey', () => sharp(street).greyscale()],
    ['in 16 bits', () => sharp(street).toColourspace('rgb16')],
    ['cut through its faces', () => sharp(street).extract({ left: 240, top: 440, width: 500, height: 300 })],
  ])(
    '%s is finished, and what was found is no longer there',
    async (_, make) => {
      const result = await hidden(await make().png().toBuffer())
      for (const found of result.detections) expect(keptPart(result, found)).toBeLessThan(0.01)
    },
    120_000,
  )

  test('blurs everything where transparency draws, and says so', async () => {
    const cut = sharp(street).extract({ left: 120, top: 380, width: 260, height: 200 })
    const hole = Buffer.alloc(260 * 200, 255).fill(90, 0, 260 * 20)
    const picture = await cut
      .joinChannel(hole, { raw: { width: 260, height: 200, channels: 1 } })
      .png()
      .toBuffer()
    const result = await hidden(picture)
    expect(result.facts.faces_synthetic).toBe(0)
    expect(result.facts.faces_blurred_see_through).toBeGreaterThanOrEqual(1)
  }, 120_000)

  const box = (x: number, y: number, side: number): Detection => ({
    ...{ class: 'face', score: 0.9, track: null, origin: 'drawn', roll: 0 },
    box: [x, y, x + side, y + side * 1.2],
  })

  test('of 4 pixels, of nothing at all, and 300 of them in one picture are blurred', async () => {
    const found = [
      ...Array.from({ length: 300 }, (_, i) =>
        box(20 + (i % 25) * 60, 20 + Math.floor(i / 25) * 70, 4 + (i % 40)),
      ),
      box(1590, 990, 40),
    ].map(
      (each): Detection => ({
        ...each,
        box: [each.box[0], each.box[1], Math.min(1600, each.box[2]), Math.min(1000, each.box[3])],
      }),
    )
    const result = await hidden(await sharp(street).png().toBuffer(), { found })
    for (const each of result.detections) expect(keptPart(result, each)).toBeLessThan(0.01)
    expect(Number(result.facts.faces_synthetic) + Number(result.facts.faces_blurred_instead)).toBe(301)
    expect(Number(result.facts.faces_blurred_instead)).toBeGreaterThan(250)
  }, 300_000)

  test('of 3,000 pixels is replaced at that size', async () => {
    const large = sharp(street).extract({ left: 170, top: 400, width: 180, height: 140 }).resize(5400, 4200)
    const result = await hidden(await large.png().toBuffer())
    expect(result.facts.faces_synthetic).toBe(1)
    for (const found of result.detections) expect(keptPart(result, found)).toBeLessThan(0.01)
  }, 300_000)

  test('that are drawn ones on a poster are replaced or blurred, never kept', async () => {
    const [width, height] = [700, 340]
    const poster = Buffer.alloc(width * height * 3, 150)
    const spot = (cx: number, cy: number, rx: number, ry: number, colour: readonly number[]): void => {
      for (let y = Math.floor(cy - ry); y <= cy + ry; y++)
        for (let x = Math.floor(cx - rx); x <= cx + rx; x++)
          if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1) poster.set(colour, (y * width + x) * 3)
    }
    for (const x of [150, 490]) {
      spot(x, 170, 80, 105, [242, 201, 160])
      for (const eye of [x - 30, x + 30]) spot(eye, 150, 11, 9, [30, 30, 30])
      spot(x, 225, 35, 7, [170, 50, 50])
    }
    const found = [70, 410].map(
      (x): Detection => ({ ...box(x, 70, 160), box: [x, 70, x + 160, 270], origin: 'drawn' }),
    )
    const result = await hidden(
      await sharp(poster, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
      { found },
    )
    expect(Number(result.facts.faces_synthetic) + Number(result.facts.faces_blurred_instead)).toBe(2)
    for (const each of result.detections) expect(keptPart(result, each)).toBeLessThan(0.01)
  }, 120_000)

  test('blurs a plate whose corners are doubtful', async () => {
    const quad: Quad = [
      [1030, 640],
      [1042, 600],
      [1042, 760],
      [1030, 700],
    ]
    const plate: Detection = {
      ...{ class: 'plate', score: 0.9, track: null, origin: 'drawn' },
      box: [1030, 600, 1042, 760],
      quad,
    }
    const result = await hidden(await sharp(street).png().toBuffer(), { found: [plate] })
    expect(result.facts).toMatchObject({ plates_synthetic: 0, plates_blurred_instead: 1 })
    expect(keptPart(result, plate)).toBe(0)
  }, 120_000)

  test('fails without the job’s secret instead of drawing from a known one', async () => {
    await using given = await pictureTask(street, '.jpg', {
      choice: { model: 'syn', config: synConfigSchema.parse({}) },
    })
    await expect(anonymizePicture(given.task, models(), signal)).rejects.toMatchObject({
      code: 'RENDER_FAILED',
    })
  }, 120_000)

  async function lookAt({ after: { data, width, height } }: Hidden) {
    const raw = { width, height, channels: 3 } as const
    const small = await sharp(Buffer.from(data), { raw }).resize(1344).raw().toBuffer()
    return { data: small, width: 1344, height: small.length / 3 / 1344 }
  }
})

const documentOf = (
  { width, height }: DecodedPicture,
  detections: readonly Detection[],
): DetectionDocument => ({
  ...{ version: 1, kind: 'picture', width, height, rotation: 0, timeBase: null, models: [] },
  thresholds: { face: 0.5, plate: 0.5 },
  frames: [{ frame: 0, pts: 0, looked: true, detections: [...detections] }],
})
