// Writes a picture in the form it came in: same quality, depth, alpha and colour profile, and nothing else in the file.
import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { PermanentFailure } from '#runtime/failure.ts'
import { type DecodedPicture, hasAlpha, type PictureForm } from './decoded-picture.ts'
import { writeBmp } from './pure/bmp-file.ts'
import { withJpegProfile } from './pure/icc-segments.ts'
import { type PngChunk, withPngChunks } from './pure/png-chunks.ts'
import { isWithinNoise } from './pure/signal-to-noise.ts'
import { openStill } from './still-decoder.ts'

/**
 * Colours stored at half size lose at sharp red or blue edges; below this the picture is written with all of them.
 * 45 dB outside the masks are promised; a mask over half of the picture, where nothing is lost, adds 3 dB to the whole.
 */
const LEAST_PSNR_DB = 48
/** Larger pictures have softer edges, and looking again would cost more than it gives. */
const CHECKED_PIXELS = 2_000_000
const PNG_COMPRESSION = 6

/** The file's bytes. @throws {PermanentFailure} RENDER_FAILED, OUTPUT_UNVERIFIED */
export async function encodePicture(picture: DecodedPicture): Promise<Uint8Array> {
  try {
    const { form } = picture
    if (form.kind === 'bmp') return encodeBmp(picture)
    const bytes = form.kind === 'jpeg' ? await encodeJpeg(picture, form) : await encodePng(picture, form)
    const { width, height } = await openStill(bytes).metadata()
    if (width === picture.width && height === picture.height) return bytes
  } catch (error) {
    throw new PermanentFailure('RENDER_FAILED', 'The hidden picture could not be written.', { cause: error })
  }
  throw new PermanentFailure('OUTPUT_UNVERIFIED', 'The written picture has another size than its input.')
}

const fromRaw = ({ data, width, height, channels }: DecodedPicture): Sharp =>
  sharp(data, { raw: { width, height, channels }, limitInputPixels: false })

async function encodeJpeg(
  picture: DecodedPicture,
  { writing }: Extract<PictureForm, { kind: 'jpeg' }>,
): Promise<Uint8Array> {
  const write = (chromaSubsampling: string): Promise<Buffer> =>
    fromRaw(picture)
      .toColourspace(picture.channels === 1 ? 'b-w' : 'srgb')
      .jpeg({
        quality: writing.quality,
        quantisationTable: writing.quantisationTable,
        progressive: writing.progressive,
        chromaSubsampling,
      })
      .toBuffer()
  const first = await write(writing.chromaSubsampling)
  const good = writing.chromaSubsampling === '4:4:4' || (await isFaithful(picture, first))
  const bytes = good ? first : await write('4:4:4')
  return picture.profile ? withJpegProfile(bytes, picture.profile) : bytes
}

async function isFaithful(picture: DecodedPicture, jpeg: Uint8Array): Promise<boolean> {
  if (picture.width * picture.height > CHECKED_PIXELS) return true
  const space = picture.channels === 1 ? 'b-w' : 'srgb'
  const again = await openStill(jpeg).toColourspace(space).raw().toBuffer()
  return isWithinNoise(picture.data, again, LEAST_PSNR_DB)
}

async function encodePng(
  picture: DecodedPicture,
  { colourChunks }: Extract<PictureForm, { kind: 'png' }>,
): Promise<Uint8Array> {
  const png = await fromRaw(picture)
    .toColourspace(pngSpace(picture))
    .png({ compressionLevel: PNG_COMPRESSION, palette: false })
    .toBuffer()
  const profile = picture.profile ? [profileChunk(picture.profile)] : []
  return withPngChunks(png, [...profile, ...colourChunks])
}

function pngSpace({ data, channels }: DecodedPicture): 'b-w' | 'grey16' | 'rgb16' | 'srgb' {
  const grey = channels <= 2
  if (data instanceof Uint16Array) return grey ? 'grey16' : 'rgb16'
  return grey ? 'b-w' : 'srgb'
}

/** Name, 0, method 0 (deflate), profile. PNG specification, 11.3.2.3. */
function profileChunk(profile: Uint8Array): PngChunk {
  return {
    type: 'iCCP',
    data: Buffer.concat([Buffer.from('ICC profile\0\0', 'latin1'), deflateSync(profile)]),
  }
}

function encodeBmp(picture: DecodedPicture): Uint8Array {
  if (picture.data instanceof Uint16Array || picture.channels < 3)
    throw new Error('a BMP holds 8-bit colours')
  return writeBmp(picture.data, picture.width, picture.height, hasAlpha(picture) ? 4 : 3)
}
