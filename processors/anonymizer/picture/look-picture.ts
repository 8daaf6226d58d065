// Cuts a region out of a decoded picture and brings it to the size and form that a detector takes.
import sharp from 'sharp'
import type { RgbPicture } from '../detect/detector.ts'
import type { Look } from '../pure/look.ts'
import type { Turn } from '../pure/turned-look.ts'
import { type DecodedPicture, hasAlpha } from './decoded-picture.ts'

/** `opaque`: colours as stored, whatever alpha says. `shown`: as a viewer shows them before a grey wall. */
export type Appearance = 'opaque' | 'shown'

const WALL = { r: 128, g: 128, b: 128 }

export async function lookPicture(
  picture: DecodedPicture,
  look: Look,
  appearance: Appearance,
): Promise<RgbPicture> {
  const { data, width, height, channels } = picture
  if (isSeenAsItLies(picture, look)) return { data: picture.data, width, height }
  const cut = sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .extract({ left: look.left, top: look.top, width: look.regionWidth, height: look.regionHeight })
    .toColourspace('srgb')
  const flat = appearance === 'shown' ? cut.flatten({ background: WALL }) : cut.removeAlpha()
  const pixels = await flat
    .resize(look.width, look.height, { fit: 'fill', kernel: 'cubic' })
    .raw({ depth: 'uchar' })
    .toBuffer()
  return { data: pixels, width: look.width, height: look.height }
}

/** Nothing to cut, to scale or to convert. */
function isSeenAsItLies(
  picture: DecodedPicture,
  look: Look,
): picture is DecodedPicture & { readonly data: Uint8Array } {
  return (
    picture.channels === 3 &&
    picture.data instanceof Uint8Array &&
    look.width === picture.width &&
    look.height === picture.height &&
    look.regionWidth === picture.width &&
    look.regionHeight === picture.height
  )
}

/** The look turned clockwise. */
export async function turnedPicture({ data, width, height }: RgbPicture, turn: Turn): Promise<RgbPicture> {
  const raw = { width, height, channels: 3 as const }
  const turned = await sharp(data, { raw, limitInputPixels: false }).rotate(turn).raw().toBuffer()
  return turn === 180 ? { data: turned, width, height } : { data: turned, width: height, height: width }
}

/** What must be looked at: where alpha varies, what it hides and what it shows may be two pictures. */
export function appearances(picture: DecodedPicture): readonly Appearance[] {
  return hasAlpha(picture) && alphaVaries(picture) ? ['opaque', 'shown'] : ['opaque']
}

export function alphaVaries({ data, channels }: DecodedPicture): boolean {
  const first = data[channels - 1]
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== first) return true
  return false
}
