// Reads the labelled sets that detection is measured on: pictures with the boxes that a person drew.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Box, Quad } from '#schemas/detection-document.ts'

export interface LabelledPicture {
  readonly name: string
  readonly path: string
  readonly truth: readonly { readonly box: Box; readonly quad?: Quad }[]
}
export interface LabelledSet {
  readonly name: string
  readonly class: 'face' | 'plate'
  /** Narrower truth is neither asked for nor held against a find, in pixels. */
  readonly leastWidth: number
  readonly pictures: readonly LabelledPicture[]
}

/** Faces narrower than this are not measured (pixels.md). */
const LEAST_FACE_PX = 12

interface BoxRow {
  readonly image: string
  readonly boxes: readonly Box[]
}
interface CornerRow {
  readonly image: string
  readonly corners: Quad
}

/** @param data the folder of shared data */
export async function labelledSets(data: string): Promise<readonly LabelledSet[]> {
  const romania = await boxSet(join(data, 'plates/romania'))
  const drive = (name: string): LabelledSet => ({
    name: `romania/${name}`,
    class: 'plate',
    leastWidth: 0,
    pictures: romania.filter((picture) => picture.name.startsWith(name)),
  })
  return [
    {
      name: 'crowd',
      class: 'face',
      leastWidth: LEAST_FACE_PX,
      pictures: await boxSet(join(data, 'faces/crowd')),
    },
    {
      name: 'dlib',
      class: 'face',
      leastWidth: LEAST_FACE_PX,
      pictures: await dlibSet(join(data, 'faces/dlib')),
    },
    drive('dayride_type1_001'),
    drive('dayride_type1_002'),
    drive('dayride_type1_003'),
    drive('nightride_type3_001'),
    {
      name: 'corners',
      class: 'plate',
      leastWidth: 0,
      pictures: await cornerSet(join(data, 'plates/corners')),
    },
  ]
}

async function boxSet(folder: string): Promise<readonly LabelledPicture[]> {
  const rows: readonly BoxRow[] = JSON.parse(await readFile(join(folder, 'boxes.json'), 'utf8'))
  return rows.map(({ image, boxes }) => ({
    name: image,
    path: join(folder, 'images', image),
    truth: boxes.map((box) => ({ box })),
  }))
}

async function cornerSet(folder: string): Promise<readonly LabelledPicture[]> {
  const rows: readonly CornerRow[] = JSON.parse(await readFile(join(folder, 'corners.json'), 'utf8'))
  return rows.map(({ image, corners }) => ({
    name: image,
    path: join(folder, 'images', image),
    truth: [{ box: around(corners), quad: corners }],
  }))
}

const around = (quad: Quad): Box => {
  const xs = quad.map((corner) => corner[0])
  const ys = quad.map((corner) => corner[1])
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

/** dlib's own XML: an image element holds box elements with top, left, width and height. */
async function dlibSet(folder: string): Promise<readonly LabelledPicture[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.xml'))
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.flatMap((text) =>
    [...text.matchAll(/<image file='([^']+)'[^>]*>([\s\S]*?)<\/image>/g)].map(
      ([, name = '', inside = '']) => ({
        name,
        path: join(folder, name),
        truth: [...inside.matchAll(/<box top='(-?\d+)' left='(-?\d+)' width='(\d+)' height='(\d+)'/g)].map(
          ([, top, left, width, height]) => {
            const box: Box = [
              Number(left),
              Number(top),
              Number(left) + Number(width),
              Number(top) + Number(height),
            ]
            return { box }
          },
        ),
      }),
    ),
  )
}
