import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Detector } from '#anonymizer/detect/detector.ts'
import type { Detectors } from '#anonymizer/detect/open-detectors.ts'
import { anonymizePicture } from '#anonymizer/picture/anonymize-picture.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import { planesOf } from '#anonymizer/picture/decoded-picture.ts'
import { PermanentFailure } from '#runtime/failure.ts'
import { detectionDocumentSchema } from '#schemas/detection-document.ts'
import { painted } from './painted.ts'
import { pictureTask } from './picture-task.ts'
import { MODELS_READY, testDetectors, WITHOUT_MODELS } from './prepared-models.ts'
import { SHARED_DATA, shared, WITHOUT_DATA } from './shared-data.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)
if (!SHARED_DATA) console.log(WITHOUT_DATA)

const signal = new AbortController().signal
/** Finds one object, wherever it was told. */
const knowing = (kind: 'face' | 'plate'): Detector => ({
  modelId: `known-${kind}`,
  modelSha256: '0'.repeat(64),
  detect: async (picture, threshold) =>
    threshold > 0.9
      ? []
      : [
          {
            class: kind,
            score: 0.9,
            box:
              kind === 'face'
                ? [picture.width * 0.1, picture.height * 0.1, picture.width * 0.4, picture.height * 0.5]
                : [picture.width * 0.6, picture.height * 0.6, picture.width * 0.9, picture.height * 0.7],
          },
        ],
  async [Symbol.asyncDispose]() {},
})
const models = { face: knowing('face'), plate: knowing('plate') }

describe('a picture task', () => {
  it('writes a document in its own form and a picture, and counts what it hid', async () => {
    await using given = await pictureTask(await painted(160, 120).jpeg().toBuffer(), '.jpg')
    const report = await anonymizePicture(given.task, models, signal)
    expect(report).toMatchObject({ faces: 1, plates: 1, frames: 1, outputExtension: '.jpg' })
    const document = detectionDocumentSchema.parse(JSON.parse((await given.document()).toString()))
    expect([document.width, document.height, document.frames.length]).toEqual([160, 120, 1])
    const output = await decodePicture(await given.output(), '.jpg')
    expect([output.width, output.height]).toEqual([160, 120])
  })

  it('asked for faces only, looks for no plates and needs no plate model', async () => {
    await using given = await pictureTask(await painted(160, 120).png().toBuffer(), '.png', {
      config: { enable_lp: false },
    })
    expect(await anonymizePicture(given.task, { face: models.face }, signal)).toMatchObject({
      faces: 1,
      plates: 0,
    })
  })

  it('asked for plates without a plate model, fails instead of leaving them', async () => {
    await using given = await pictureTask(await painted(160, 120).png().toBuffer(), '.png')
    await expect(anonymizePicture(given.task, { face: models.face }, signal)).rejects.toMatchObject({
      code: 'MODEL_NOT_AVAILABLE',
    })
    expect(existsSync(given.task.outputPath)).toBe(false)
  })

  it('writes nothing when a detector fails at any of its looks', async () => {
    for (let failing = 1; failing <= 7; failing++) {
      await using given = await pictureTask(await painted(1600, 1200).jpeg().toBuffer(), '.jpg')
      let looks = 0
      const detect: Detector['detect'] = async () => {
        looks++
        if (looks === failing) throw new PermanentFailure('DETECTION_FAILED', 'no result')
        return []
      }
      const broken = { face: { ...models.face, detect }, plate: { ...models.plate, detect } }
      await expect(anonymizePicture(given.task, broken, signal)).rejects.toMatchObject({
        code: 'DETECTION_FAILED',
      })
      expect(existsSync(given.task.outputPath)).toBe(false)
      expect(existsSync(given.task.documentPath)).toBe(false)
    }
  })

  it('stops after the document when only detection was asked for', async () => {
    await using given = await pictureTask(await painted(160, 120).png().toBuffer(), '.png', {
      until: 'detected',
    })
    await anonymizePicture(given.task, models, signal)
    expect([existsSync(given.task.documentPath), existsSync(given.task.outputPath)]).toEqual([true, false])
  })

  it('renders from a given document without any model, the same as from its own', async () => {
    const bytes = await painted(160, 120).png().toBuffer()
    await using first = await pictureTask(bytes, '.png')
    await anonymizePicture(first.task, models, signal)
    await using again = await pictureTask(bytes, '.png', { givenDocumentPath: first.task.documentPath })
    await anonymizePicture(again.task, {}, signal)
    expect(await again.output()).toEqual(await first.output())
  })

  it('refuses a document of another picture', async () => {
    await using first = await pictureTask(await painted(160, 120).png().toBuffer(), '.png')
    await anonymizePicture(first.task, models, signal)
    await using other = await pictureTask(await painted(120, 160).png().toBuffer(), '.png', {
      givenDocumentPath: first.task.documentPath,
    })
    await expect(anonymizePicture(other.task, {}, signal)).rejects.toMatchObject({ code: 'RENDER_FAILED' })
    await writeFile(first.task.documentPath, '{"version":1')
    await expect(anonymizePicture(other.task, {}, signal)).rejects.toMatchObject({ code: 'RENDER_FAILED' })
  })

  it('never blurs in silence where a synthetic face was asked for', async () => {
    await using given = await pictureTask(await painted(160, 120).png().toBuffer(), '.png', {
      choice: {
        model: 'syn',
        config: { enable_lp: true, syntonymize: true, lp_syntonymize: true, syn_scope: 'track' },
      },
    })
    await expect(anonymizePicture(given.task, models, signal)).rejects.toMatchObject({
      code: 'MODEL_NOT_AVAILABLE',
    })
  })

  it('stops when it is told to', async () => {
    await using given = await pictureTask(await painted(160, 120).png().toBuffer(), '.png')
    await expect(anonymizePicture(given.task, models, AbortSignal.abort('stop'))).rejects.toBe('stop')
  })

  it('leaves of the input’s metadata nothing in the output', async () => {
    const canary = 'CANARY-7f3a'
    const jpeg = await painted(160, 120)
      .withExif({
        IFD0: { Artist: canary, ImageDescription: canary },
        IFD3: { GPSLatitude: '48/1 51/1 24/1' },
      })
      .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>${canary}</a></x:xmpmeta>`)
      .jpeg()
      .toBuffer()
    const trailed = Buffer.concat([jpeg, Buffer.from(canary)])
    expect(trailed.includes(canary)).toBe(true)
    await using given = await pictureTask(trailed, '.jpg')
    const report = await anonymizePicture(given.task, models, signal)
    const output = await given.output()
    expect([output.includes(canary), output.includes('Exif'), output.includes('adobe')]).toEqual([
      false,
      false,
      false,
    ])
    expect(report.facts.metadata_dropped).toBe(true)
  })
})

describe.skipIf(!SHARED_DATA)('side channels', () => {
  it.each(['jpeg-mpf-second-picture.jpg', 'jpeg-trailing-jpeg.jpg', 'png-trailing-acropalypse.png'])(
    '%s: nothing of what lies beside the picture comes out',
    async (name) => {
      const path = shared(`hostile/side-channels/${name}`)
      await using given = await pictureTask(path, name.slice(name.lastIndexOf('.')))
      await anonymizePicture(given.task, models, signal)
      const [input, output] = [await readFile(path), await given.output()]
      // No stretch of the input's bytes appears in the output, except what every file of its kind has.
      const seen = new Set<string>()
      for (let at = 0; at + 24 <= output.length; at++) seen.add(output.toString('latin1', at, at + 24))
      const end = besidePicture(input)
      let copied = 0
      for (let at = end; at + 24 <= input.length; at += 24)
        if (seen.has(input.toString('latin1', at, at + 24))) copied++
      expect(end).toBeLessThan(input.length)
      expect(copied).toBe(0)
    },
  )
})

/** Where what lies beside the picture begins; in a second JPEG its pixels, for its tables are every JPEG's. */
function besidePicture(bytes: Buffer): number {
  const png = bytes.indexOf('IEND')
  return png > 0 ? png + 8 : bytes.lastIndexOf(Buffer.from([0xff, 0xda]))
}

describe.skipIf(!SHARED_DATA || !MODELS_READY)('a planted portrait', () => {
  let detectors: Detectors
  beforeAll(async () => {
    detectors = await testDetectors()
  })
  afterAll(async () => {
    await detectors[Symbol.asyncDispose]()
  })

  it('is found in every orientation, and what is left is neither a face nor that person to other models', async () => {
    const { openFaceWitness } = await import('../../bench/privacy/face-witness.ts')
    const { openFaceEmbedder, similarity } = await import('../../bench/privacy/face-embedder.ts')
    const witness = await openFaceWitness(shared('weights/yunet_n_dynamic.onnx'))
    const embedder = await openFaceEmbedder(shared('weights/measure-only-MobileFaceNet.onnx'))
    const stored = await readFile(shared('portraits/gov24_A000148_0001.jpg'))
    const upright = await decodePicture(stored, '.jpg')
    const { default: sharp } = await import('sharp')
    for (let orientation = 1; orientation <= 8; orientation++) {
      const turned = await sharp(upright.data, {
        raw: { width: upright.width, height: upright.height, channels: 3 },
      })
        .rotate([0, 0, 180, 180, 270, 270, 90, 90][orientation - 1] ?? 0)
        .withMetadata({ orientation })
        .jpeg({ quality: 92 })
        .toBuffer()
      const mirrored = [2, 4, 5, 7].includes(orientation)
      await using given = await pictureTask(turned, '.jpg')
      expect((await anonymizePicture(given.task, detectors, signal)).faces).toBe(1)
      const before = await decodePicture(turned, '.jpg')
      const after = await decodePicture(await given.output(), '.jpg')
      const [face] = await witness.look(rgb(before))
      if (!face) throw new Error('the witness sees the portrait')
      const [is, was] = [
        await embedder.embed(rgb(after), face.points),
        await embedder.embed(rgb(before), face.points),
      ]
      expect(similarity(is, was), `orientation ${orientation}${mirrored ? ', mirrored' : ''}`).toBeLessThan(
        0.25,
      )
      expect((await witness.look(rgb(after))).filter((each) => each.score > 0.5)).toEqual([])
    }
  })
})

const rgb = (picture: Awaited<ReturnType<typeof decodePicture>>) => {
  if (picture.data instanceof Uint16Array || planesOf(picture, 'colours').length !== 3)
    throw new Error('8-bit RGB')
  return { data: picture.data, width: picture.width, height: picture.height }
}

describe.skipIf(!SHARED_DATA || !MODELS_READY)('hostile pictures', () => {
  it('each end well or with a documented code, and none ends the process', async () => {
    const { runHostileBatches } = await import('./hostile-batches.ts')
    const verdicts = await runHostileBatches(join(shared('hostile'), 'manifest.tsv'))
    expect(verdicts.filter((verdict) => verdict.wrong)).toEqual([])
    expect(verdicts.length).toBeGreaterThan(200)
  }, 240_000)
})
