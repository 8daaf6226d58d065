import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Detectors } from '#anonymizer/detect/open-detectors.ts'
import { anonymizePicture } from '#anonymizer/picture/anonymize-picture.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import { detectionDocumentSchema } from '#schemas/detection-document.ts'
import { pictureTask } from './picture-task.ts'
import { MODELS_READY, testDetectors, WITHOUT_MODELS } from './prepared-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

const STREET = join(import.meta.dirname, '../../samples/street.jpg')
const signal = new AbortController().signal
const street = async (): Promise<Sharp> => sharp(await readFile(STREET))
const FACES_ONLY = { config: { enable_lp: false } }

describe.skipIf(!MODELS_READY)('the faces of a street', () => {
  let detectors: Detectors
  let usual = 0
  const facesIn = async (bytes: Uint8Array, extension: string): Promise<number> => {
    await using given = await pictureTask(bytes, extension, FACES_ONLY)
    const { faces } = await anonymizePicture(given.task, detectors, signal)
    expect((await decodePicture(await given.output(), extension)).width).toBeGreaterThan(0)
    return faces
  }
  beforeAll(async () => {
    detectors = await testDetectors()
    usual = await facesIn(await readFile(STREET), '.jpg')
  })
  afterAll(async () => {
    await detectors[Symbol.asyncDispose]()
  })

  it('are more than one in the picture as it is', () => expect(usual).toBeGreaterThan(1))

  const forms: readonly [string, string, (from: Sharp) => Sharp][] = [
    ['grey', '.jpg', (from) => from.toColourspace('b-w').jpeg({ quality: 92 })],
    ['16 bits deep', '.png', (from) => from.toColourspace('rgb16').png({ compressionLevel: 1 })],
    ['grey and 16 bits deep', '.png', (from) => from.toColourspace('grey16').png({ compressionLevel: 1 })],
    ['in print colours', '.jpg', (from) => from.toColourspace('cmyk').jpeg({ quality: 92 })],
    ['behind half an alpha', '.png', (from) => from.ensureAlpha(0.5).png({ compressionLevel: 1 })],
    ['behind an alpha that hides all', '.png', (from) => from.ensureAlpha(0).png({ compressionLevel: 1 })],
    ['in 64 colours', '.png', (from) => from.png({ palette: true, colours: 64 })],
  ]
  for (const [name, extension, made] of forms) {
    it(`are found where the picture is ${name}`, async () => {
      const faces = await facesIn(await made(await street()).toBuffer(), extension)
      expect(faces).toBeGreaterThanOrEqual(usual - 1)
    }, 60_000)
  }

  it.each([90, 180, 270])(
    'are found where the picture lies turned by %i degrees and no tag says so',
    async (turn) => {
      const bytes = await sharp(await (await street()).rotate(turn).toBuffer())
        .jpeg({ quality: 92 })
        .toBuffer()
      await using given = await pictureTask(bytes, '.jpg', FACES_ONLY)
      expect((await anonymizePicture(given.task, detectors, signal)).faces).toBeGreaterThanOrEqual(usual - 1)
      const document = detectionDocumentSchema.parse(JSON.parse((await given.document()).toString()))
      const rolls = document.frames[0]?.detections.map(({ roll = 0 }) =>
        Math.abs(Math.abs(roll) - Math.min(turn, 360 - turn)),
      )
      expect(rolls?.filter((off) => off < 25).length).toBeGreaterThanOrEqual(usual - 1)
    },
    60_000,
  )

  it('are found by a second opinion too, and the document says who was asked', async () => {
    await using given = await pictureTask(await readFile(STREET), '.jpg', {
      config: { enable_lp: false, slicing: true },
    })
    expect((await anonymizePicture(given.task, detectors, signal)).faces).toBeGreaterThanOrEqual(usual)
    const document = detectionDocumentSchema.parse(JSON.parse((await given.document()).toString()))
    expect(document.models.map((model) => model.id)).toEqual(['centerface-1', 'retinaface-1'])
  }, 60_000)

  it('are found in a panorama fifty times as wide as high', async () => {
    const strip = await (await street()).resize({ height: 360 }).toBuffer()
    const { width = 0 } = await sharp(strip).metadata()
    const wall = { width: 360 * 50, height: 360, channels: 3 as const, background: '#7a7f78' }
    const bytes = await sharp({ create: wall })
      .composite([{ input: strip, left: 360 * 50 - width - 1000, top: 0 }])
      .jpeg({ quality: 92 })
      .toBuffer()
    await using given = await pictureTask(bytes, '.jpg', FACES_ONLY)
    expect((await anonymizePicture(given.task, detectors, signal)).faces).toBeGreaterThan(1)
  }, 120_000)

  it('are found in a corner of a picture of a hundred million pixels', async () => {
    const side = 10_000
    const large = await (await street()).resize({ width: 3000 }).toBuffer()
    const bytes = await sharp({ create: { width: side, height: side, channels: 3, background: '#7a7f78' } })
      .composite([{ input: large, left: side - 3000, top: 400 }])
      .jpeg({ quality: 90 })
      .toBuffer()
    await using given = await pictureTask(bytes, '.jpg', FACES_ONLY)
    const { faces } = await anonymizePicture(given.task, detectors, signal)
    expect(faces).toBeGreaterThan(1)
    const document = detectionDocumentSchema.parse(JSON.parse((await given.document()).toString()))
    for (const { box } of document.frames[0]?.detections ?? []) expect(box[0]).toBeGreaterThan(side / 2)
  }, 240_000)

  it('are none in a single pixel, which is still looked at', async () => {
    const bytes = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#777' } })
      .png()
      .toBuffer()
    await using given = await pictureTask(bytes, '.png', {})
    expect(await anonymizePicture(given.task, detectors, signal)).toMatchObject({ faces: 0, plates: 0 })
    const document = detectionDocumentSchema.parse(JSON.parse((await given.document()).toString()))
    expect(document.frames[0]?.looked).toBe(true)
    expect(document.models.map(({ id }) => id)).toEqual(['centerface-1', 'plate-quad-1', 'pp-ocrv4-rec-1'])
  })
})
