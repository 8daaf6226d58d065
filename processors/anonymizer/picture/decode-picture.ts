// Decodes a picture whole and upright, or refuses it with a code; what it tells besides its pixels is left behind.

import type { Metadata } from 'sharp'
import { PermanentFailure } from '#runtime/failure.ts'
import { decodeBmp } from './decode-bmp.ts'
import type { DecodedPicture, PictureForm } from './decoded-picture.ts'
import { readJpegHeader } from './pure/jpeg-header.ts'
import { jpegWriting } from './pure/jpeg-quality.ts'
import { pictureType } from './pure/picture-type.ts'
import { colourChunks, isAnimatedPng, pngHeaderChunks } from './pure/png-chunks.ts'
import { decoding, MOST_PIXELS, NO_DAMAGED_JPEG, openStill } from './still-decoder.ts'

/**
 * @param extension lower case with the dot; the content must agree with it
 * @param onSized told the displayed pixels before they are decoded
 * @throws {PermanentFailure} TYPE_*, MEDIA_UNREADABLE, MEDIA_TRUNCATED, MEDIA_TOO_LARGE, MEDIA_ANIMATED
 */
export async function decodePicture(
  bytes: Uint8Array,
  extension: string,
  onSized: (pixels: number) => void = () => {},
): Promise<DecodedPicture> {
  if (bytes.length === 0) throw new PermanentFailure('FILE_EMPTY', 'The file holds no bytes.')
  const verdict = pictureType(bytes, extension)
  if (verdict.verdict === 'refused')
    throw new PermanentFailure(verdict.code, 'The content is not what the file name’s extension says.')
  if (verdict.type === 'bmp') return decodeBmp(bytes, onSized)
  if (verdict.type === 'png' && isAnimatedPng(pngHeaderChunks(bytes)))
    throw new PermanentFailure('MEDIA_ANIMATED', 'The picture holds several frames; hand it in as a film.')
  const metadata = await decoding(() => openStill(bytes).metadata())
  const pixels = metadata.width * metadata.height
  if (pixels > MOST_PIXELS)
    throw new PermanentFailure('MEDIA_TOO_LARGE', `The picture has more than ${MOST_PIXELS} pixels.`)
  onSized(pixels)
  return decodeStill(bytes, verdict.type, metadata)
}

async function decodeStill(
  bytes: Uint8Array,
  type: 'jpeg' | 'png',
  metadata: Metadata,
): Promise<DecodedPicture> {
  const printed = metadata.space === 'cmyk'
  const deep = metadata.depth === 'ushort'
  const strictness = type === 'jpeg' ? NO_DAMAGED_JPEG : {}
  const still = openStill(bytes, { ...strictness, ignoreIcc: !printed })
    .autoOrient()
    .toColourspace(colourSpace(metadata))
    .raw({ depth: deep ? 'ushort' : 'uchar' })
  const { data, info } = await decoding(() => still.toBuffer({ resolveWithObject: true }))
  const orientation = metadata.orientation ?? 1
  return {
    form: formOf(bytes, type, orientation),
    width: info.width,
    height: info.height,
    channels: channelCount(info.channels),
    data: deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data,
    rotation: rotationOf(orientation),
    profile: printed ? undefined : metadata.icc,
    facts: droppedFacts(metadata, printed),
  }
}

/** Grey stays grey and 16 bits stay 16 bits; print colours (CMYK) become sRGB, which every viewer shows. */
function colourSpace({ space, depth }: Metadata): 'b-w' | 'grey16' | 'rgb16' | 'srgb' {
  if (space === 'b-w') return 'b-w'
  if (space === 'grey16') return 'grey16'
  return depth === 'ushort' ? 'rgb16' : 'srgb'
}

/** EXIF orientation 1 to 8; the mirrored ones turn like their unmirrored neighbours. */
function rotationOf(orientation: number): DecodedPicture['rotation'] {
  if (orientation === 3 || orientation === 4) return 180
  if (orientation === 5 || orientation === 6) return 90
  return orientation >= 7 ? 270 : 0
}

function formOf(bytes: Uint8Array, type: 'jpeg' | 'png', orientation: number): PictureForm {
  if (type === 'png') return { kind: 'png', colourChunks: colourChunks(pngHeaderChunks(bytes)) }
  return { kind: 'jpeg', writing: jpegWriting(readJpegHeader(bytes), orientation >= 5) }
}

function channelCount(channels: number): DecodedPicture['channels'] {
  if (channels === 1 || channels === 2 || channels === 3 || channels === 4) return channels
  throw new PermanentFailure('MEDIA_UNREADABLE', `A picture of ${channels} channels is not supported.`)
}

const droppedFacts = (metadata: Metadata, printed: boolean): DecodedPicture['facts'] => ({
  metadata_dropped: Boolean(metadata.exif ?? metadata.iptc ?? metadata.xmp ?? metadata.comments),
  profile_kept: !printed && metadata.icc !== undefined,
  ...(printed ? { colours: 'CMYK converted to sRGB' } : {}),
  ...((metadata.orientation ?? 1) > 1 ? { turned_upright: true } : {}),
  ...(metadata.isPalette ? { palette: 'written as true colours' } : {}),
})
