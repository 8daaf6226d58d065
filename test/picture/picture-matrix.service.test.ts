import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { hidingOf } from '#anonymizer/hide/hiding-of.ts'
import { maskedRows, type Plane, type RowSpan } from '#anonymizer/hide/plane.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import { type DecodedPicture, planesOf } from '#anonymizer/picture/decoded-picture.ts'
import { readJpegHeader } from '#anonymizer/picture/pure/jpeg-header.ts'
import { jpegWriting } from '#anonymizer/picture/pure/jpeg-quality.ts'
import { withPngChunks } from '#anonymizer/picture/pure/png-chunks.ts'
import { peakSignalToNoise } from '#anonymizer/picture/pure/signal-to-noise.ts'
import { renderPicture } from '#anonymizer/picture/render-picture.ts'
import type { Box, Detection, DetectionDocument } from '#schemas/detection-document.ts'
import { colourAt, painted, QUARTERS, quarters } from './painted.ts'

const drawn = (box: Box): Detection => ({ class: 'face', score: 1, box, track: null, origin: 'drawn' })
const documentOf = (picture: DecodedPicture, detections: Detection[]): DetectionDocument => ({
  version: 1,
  kind: 'picture',
  width: picture.width,
  height: picture.height,
  rotation: picture.rotation,
  timeBase: null,
  models: [],
  thresholds: { face: 0.5, plate: 0.5 },
  frames: [{ frame: 0, pts: 0, looked: true, detections }],
})
/** A Buffer's own slice would share its bytes. */
const copied = (picture: DecodedPicture): DecodedPicture => ({
  ...picture,
  data: picture.data instanceof Uint16Array ? new Uint16Array(picture.data) : new Uint8Array(picture.data),
})

async function hidden(bytes: Uint8Array, extension: string, box?: Box) {
  const before = await decodePicture(bytes, extension)
  const detections = box ? [drawn(box)] : []
  const output = await renderPicture(copied(before), documentOf(before, detections), { maskBlur: true })
  return { before, output, after: await decodePicture(output, extension) }
}

/** Colour samples inside the mask that kept their value, and the greatest change outside the fading edge. */
function changes(before: DecodedPicture, after: DecodedPicture, box: Box): { kept: number; outside: number } {
  const shape = hidingOf(drawn(box), true).shape
  if (shape.kind !== 'ellipse') throw new Error('a face has an ellipse')
  const wide = { ...shape, rx: shape.rx * 1.25 + 2, ry: shape.ry * 1.25 + 2 }
  let kept = 0
  let outside = 0
  const planes: readonly Plane[] = planesOf(before, 'colours')
  for (const plane of planes) {
    const far = new Map([...maskedRows(plane, wide)].map((row) => [row.y, row]))
    const rows: readonly RowSpan[] = [...maskedRows(plane, shape)]
    for (const { y, x1, x2 } of rows) {
      for (let x = x1; x < x2; x++) {
        const at = plane.offset + y * plane.stride + x * plane.step
        if (before.data[at] === after.data[at]) kept++
      }
    }
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) {
        const row = far.get(y)
        if (row && x >= row.x1 && x < row.x2) continue
        const at = plane.offset + y * plane.stride + x * plane.step
        outside = Math.max(outside, Math.abs((before.data[at] ?? 0) - (after.data[at] ?? 0)))
      }
    }
  }
  return { kept, outside }
}

describe('a picture’s form', () => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    it(`is shown upright whatever its orientation tag says (${orientation}), and comes out without the tag`, async () => {
      const stored = await painted(96, 64).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer()
      const { before, output, after } = await hidden(stored, '.jpg')
      expect([before.width, before.height]).toEqual(orientation >= 5 ? [64, 96] : [96, 64])
      const corners = ['topLeft', 'topRight', 'bottomRight', 'bottomLeft'] as const
      // Which stored corner is shown at the top left, top right, bottom right and bottom left: EXIF 2.32, figure 7.
      const order = [
        [0, 1, 2, 3],
        [1, 0, 3, 2],
        [2, 3, 0, 1],
        [3, 2, 1, 0],
        [0, 3, 2, 1],
        [3, 0, 1, 2],
        [2, 1, 0, 3],
        [1, 2, 3, 0],
      ][orientation - 1]
      const places = [
        [0.2, 0.2],
        [0.8, 0.2],
        [0.8, 0.8],
        [0.2, 0.8],
      ] as const
      places.forEach((place, i) => {
        const expected = QUARTERS[corners[order?.[i] ?? 0] ?? 'topLeft']
        colourAt(before, place).forEach((value, c) => {
          expect(Math.abs(value - (expected[c] ?? 0))).toBeLessThan(14)
        })
        expect(colourAt(after, place)).toEqual(
          colourAt(before, place).map((value) => expect.toSatisfy((v: number) => Math.abs(v - value) < 6)),
        )
      })
      expect(after.rotation).toBe(0)
      expect(Buffer.from(output).includes('Exif')).toBe(false)
    })
  }

  const box: Box = [30, 20, 60, 50]
  const forms: readonly [string, string, () => Promise<Uint8Array>][] = [
    ['16-bit PNG', '.png', () => painted(97, 65).toColourspace('rgb16').png().toBuffer()],
    ['grey PNG', '.png', () => painted(97, 65).toColourspace('b-w').png().toBuffer()],
    ['palette PNG', '.png', () => painted(97, 65).png({ palette: true, colours: 32 }).toBuffer()],
    ['interlaced PNG', '.png', () => painted(97, 65).png({ progressive: true }).toBuffer()],
    ['PNG', '.png', () => painted(97, 65).png().toBuffer()],
  ]
  for (const [name, extension, make] of forms) {
    it(`keeps every sample of a ${name} outside the mask, and none inside`, async () => {
      const { before, after } = await hidden(await make(), extension, box)
      expect(after.channels).toBe(before.channels)
      expect(after.data.BYTES_PER_ELEMENT).toBe(before.data.BYTES_PER_ELEMENT)
      expect(changes(before, after, box)).toEqual({ kept: 0, outside: 0 })
    })
  }

  it('keeps alpha, and hides it only where it draws something', async () => {
    const data = new Uint8Array(97 * 65 * 4)
    quarters(97, 65).forEach((value, i) => {
      data[Math.floor(i / 3) * 4 + (i % 3)] = value
    })
    for (let i = 0; i < 97 * 65; i++) data[i * 4 + 3] = 255 - (i % 97)
    const png = await sharp(data, { raw: { width: 97, height: 65, channels: 4 } })
      .png()
      .toBuffer()
    const { before, after } = await hidden(png, '.png', box)
    expect(after.channels).toBe(4)
    expect(changes(before, after, box)).toEqual({ kept: 0, outside: 0 })
    expect(after.data[3]).toBe(before.data[3])
    const middle = (35 * 97 + 45) * 4 + 3
    expect(after.data[middle]).not.toBe(before.data[middle])
  })

  for (const [name, options] of [
    ['4:2:0', { quality: 88 }],
    ['4:4:4', { quality: 75, chromaSubsampling: '4:4:4' }],
    ['progressive', { quality: 91, progressive: true }],
    ['of mozjpeg', { quality: 83, mozjpeg: true }],
  ] as const) {
    it(`writes a JPEG ${name} again with its own tables, at least 45 dB near outside the mask`, async () => {
      const jpeg = await painted(160, 120).jpeg(options).toBuffer()
      const { before, output } = await hidden(jpeg, '.jpg')
      const own = jpegWriting(readJpegHeader(jpeg), false)
      const written = jpegWriting(readJpegHeader(output), false)
      expect(own.exact).toBe(true)
      expect({ ...written, chromaSubsampling: '' }).toEqual({ ...own, chromaSubsampling: '' })
      const after = await decodePicture(output, '.jpg')
      expect(peakSignalToNoise(before.data, after.data)).toBeGreaterThan(45)
    })
  }

  it('keeps a grey JPEG grey', async () => {
    const { before, after } = await hidden(
      await painted(80, 60).toColourspace('b-w').jpeg().toBuffer(),
      '.jpg',
      box,
    )
    expect([before.channels, after.channels]).toEqual([1, 1])
  })

  it('turns print colours into screen colours', async () => {
    const cmyk = await painted(80, 60).toColourspace('cmyk').jpeg().toBuffer()
    const { before, after } = await hidden(cmyk, '.jpg', box)
    expect([before.channels, after.channels, before.facts.colours]).toEqual([3, 3, 'CMYK converted to sRGB'])
    const [red = 0, green = 0] = colourAt(before, [0.2, 0.2])
    expect(red - green).toBeGreaterThan(80)
  })

  for (const [width, height] of [
    [1, 1],
    [2, 1],
    [1, 40],
    [17, 31],
    [3000, 60],
  ] as const) {
    for (const kind of ['jpeg', 'png'] as const) {
      it(`takes a ${kind} of ${width} x ${height}`, async () => {
        const bytes = await painted(width, height).toFormat(kind).toBuffer()
        const { after } = await hidden(bytes, kind === 'png' ? '.png' : '.jpg', [0, 0, width, height])
        expect([after.width, after.height]).toEqual([width, height])
      })
    }
  }

  it('keeps the colour profile', async () => {
    for (const kind of ['jpeg', 'png'] as const) {
      const bytes = await painted(64, 48).withIccProfile('p3').toFormat(kind).toBuffer()
      const { before, after } = await hidden(bytes, kind === 'png' ? '.png' : '.jpg', [10, 10, 30, 30])
      expect(before.profile?.length).toBeGreaterThan(200)
      expect(Buffer.from(after.profile ?? [])).toEqual(Buffer.from(before.profile ?? []))
    }
  })
})

describe('a picture that is refused', () => {
  const whole = (kind: 'jpeg' | 'png', progressive: boolean): Promise<Buffer> =>
    painted(200, 150).toFormat(kind, { progressive }).toBuffer()

  it('is refused as cut off wherever it is cut, never shown partly grey', async () => {
    for (const kind of ['jpeg', 'png'] as const) {
      for (const progressive of [false, true]) {
        const bytes = await whole(kind, progressive)
        for (const part of [0.35, 0.6, 0.9, 0.98]) {
          const cut = bytes.subarray(0, Math.floor(bytes.length * part))
          await expect(decodePicture(cut, kind === 'png' ? '.png' : '.jpg')).rejects.toMatchObject({
            code: expect.stringMatching(/^MEDIA_(TRUNCATED|UNREADABLE)$/),
          })
        }
      }
    }
  })

  it('says which: empty, another type than its name, not a picture, animated', async () => {
    const png = await whole('png', false)
    const control = new Uint8Array(8)
    control[3] = 2
    const animated = withPngChunks(png, [{ type: 'acTL', data: control }])
    await expect(decodePicture(new Uint8Array(0), '.png')).rejects.toMatchObject({ code: 'FILE_EMPTY' })
    await expect(decodePicture(png, '.jpg')).rejects.toMatchObject({ code: 'TYPE_MISMATCH' })
    await expect(decodePicture(Buffer.from('<svg/>'), '.jpg')).rejects.toMatchObject({ code: 'TYPE_UNKNOWN' })
    await expect(decodePicture(animated, '.png')).rejects.toMatchObject({ code: 'MEDIA_ANIMATED' })
  })

  it('is refused before its pixels are unpacked when there are too many', async () => {
    const header = Buffer.from(await whole('png', false))
    header.writeUInt32BE(60_000, 16)
    header.writeUInt32BE(60_000, 20)
    const { crc32 } = await import('#anonymizer/picture/pure/crc32.ts')
    header.writeUInt32BE(crc32(header.subarray(12, 29)), 29)
    await expect(decodePicture(header, '.png')).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' })
  })
})
