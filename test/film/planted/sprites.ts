// Cuts real faces and plates out of the shared pictures, with exact truth of where in the cut-out they lie.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Detector } from '#anonymizer/detect/detector.ts'
import type { Quad } from '#schemas/detection-document.ts'
import { sharedData } from '../shared-data.ts'

/** RGB, 8 bits, rows without gaps. */
export interface Picture {
  readonly rgb: Buffer
  readonly width: number
  readonly height: number
}

export interface Sprite extends Picture {
  readonly class: 'face' | 'plate'
  /** Corners of the face's box or of the plate, in the sprite's pixels. */
  readonly truth: Quad
}

interface Region {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const picturesIn = (folder: string): string[] =>
  readdirSync(join(sharedData, folder))
    .filter((name) => /\.(jpe?g|png)$/.test(name))
    .toSorted()

async function rawPicture(path: string): Promise<Picture> {
  const { data, info } = await sharp(join(sharedData, path))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { rgb: data, width: info.width, height: info.height }
}

async function cutOut(picture: Picture, region: Region, scale: number): Promise<Picture> {
  const [width, height] = [Math.round(region.width * scale), Math.round(region.height * scale)]
  const rgb = await sharp(picture.rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .extract(region)
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer()
  return { rgb, width, height }
}

/** Portraits of which `face` finds the face, with some head around it, the face `size` pixels high. */
export async function faceSprites(face: Detector, sizes: readonly number[], from = 0): Promise<Sprite[]> {
  const names = picturesIn('portraits')
  const sprites: Sprite[] = []
  for (let i = from; sprites.length < sizes.length && i < names.length; i += 97) {
    const picture = await rawPicture(join('portraits', names[i] ?? ''))
    const [found] = await face.detect({ ...picture, data: picture.rgb }, 0.6)
    if (!found) continue
    const [x1, y1, x2, y2] = found.box
    const [w, h] = [x2 - x1, y2 - y1]
    const left = Math.max(0, Math.floor(x1 - w * 0.3))
    const top = Math.max(0, Math.floor(y1 - h * 0.4))
    const right = Math.min(picture.width, Math.ceil(x2 + w * 0.3))
    const bottom = Math.min(picture.height, Math.ceil(y2 + h * 0.2))
    const scale = (sizes[sprites.length] ?? 60) / h
    const corner = (x: number, y: number): [number, number] => [(x - left) * scale, (y - top) * scale]
    sprites.push({
      class: 'face',
      ...(await cutOut(picture, { left, top, width: right - left, height: bottom - top }, scale)),
      truth: [corner(x1, y1), corner(x2, y1), corner(x2, y2), corner(x1, y2)],
    })
  }
  return sprites
}

interface LabelledPlate {
  readonly image: string
  readonly corners: Quad
}

/** Plates of which a person marked the corners, with the car around them, the plate `widths` pixels wide. */
export async function plateSprites(widths: readonly number[], from = 0): Promise<Sprite[]> {
  const labelled = JSON.parse(
    readFileSync(join(sharedData, 'plates/corners/corners.json'), 'utf8'),
  ) as LabelledPlate[]
  return Promise.all(
    widths.map(async (width, i): Promise<Sprite> => {
      const plate = labelled[from + i * 7] ?? labelled[0]
      if (!plate) throw new Error('no plates')
      const picture = await rawPicture(join('plates/corners/images', plate.image))
      const xs = plate.corners.map(([x]) => x)
      const ys = plate.corners.map(([, y]) => y)
      const [x1, x2] = [Math.min(...xs), Math.max(...xs)]
      const [y1, y2] = [Math.min(...ys), Math.max(...ys)]
      const around = (x2 - x1) * 0.7
      const left = Math.max(0, Math.floor(x1 - around))
      const top = Math.max(0, Math.floor(y1 - around))
      const right = Math.min(picture.width, Math.ceil(x2 + around))
      const bottom = Math.min(picture.height, Math.ceil(y2 + around))
      const scale = width / (x2 - x1)
      const [a, b, c, d] = plate.corners
      const corner = (p: readonly [number, number]): [number, number] => [
        (p[0] - left) * scale,
        (p[1] - top) * scale,
      ]
      return {
        class: 'plate',
        ...(await cutOut(picture, { left, top, width: right - left, height: bottom - top }, scale)),
        truth: [corner(a), corner(b), corner(c), corner(d)],
      }
    }),
  )
}

/** Of every second street picture; for so many after one that is taken it is still the same street. */
const SAME_STREET = 20

/** Upper parts of street pictures in which no detector finds anything, brought to a size: the ground on which sprites move. */
export async function emptyStreets(
  detectors: readonly Detector[],
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Picture[]> {
  const streets: Picture[] = []
  let skip = 0
  for (const name of picturesIn('plates/romania/images').filter((_, i) => i % 2 === 0)) {
    if (skip-- > 0) continue
    const picture = await rawPicture(join('plates/romania/images', name))
    const upperPart = { left: 0, top: 0, width: picture.width, height: Math.round(picture.height * 0.45) }
    const raw = { width: picture.width, height: picture.height, channels: 3 } as const
    const rgb = await sharp(picture.rgb, { raw })
      .extract(upperPart)
      .resize(width, height, { fit: 'cover' })
      .raw()
      .toBuffer()
    const large = { width: width * 1.5, height: height * 1.5 }
    const looks = [
      { data: rgb, width, height },
      // As films are looked at for plates.
      {
        data: await sharp(rgb, { raw: { width, height, channels: 3 } })
          .resize(large)
          .raw()
          .toBuffer(),
        ...large,
      },
    ]
    const finds = await Promise.all(
      looks.flatMap((picture) => detectors.map((each) => each.detect(picture, 0.45))),
    )
    if (finds.every((found) => found.length === 0)) {
      streets.push({ rgb, width, height })
      skip = SAME_STREET
    }
    if (streets.length === count) return streets
  }
  throw new Error('not enough empty streets')
}
