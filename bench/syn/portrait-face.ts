// Measures one portrait and its synthetic result beside each other: who it is, what is found, where the head looks, the mood.
import { basename } from 'node:path'
import type { SeenFace } from '#anonymizer/syn/see-face.ts'
import type { Box } from '#schemas/detection-document.ts'
import { type FaceEmbedder, similarity } from '../privacy/face-embedder.ts'
import { type FaceWitness, type Rgb, readableFace } from '../privacy/face-witness.ts'
import { mirrored, mirroredBox } from './mirrored.ts'
import { type Mood, moodOf, sameEyes, sameMouth } from './mood-of.ts'
import { personOf } from './nearest-source.ts'
import type { PoseReader } from './pose-reader.ts'
import { rgbOf } from './rgb-of.ts'
import { holdsMiddle } from './same-place.ts'
import { type SynBench, synPicture } from './syn-run.ts'

export interface FaceFigures {
  readonly name: string
  readonly original: Float32Array
  readonly result: Float32Array
  /** Everything outside the detector's ellipse grey: the original so, as a control, and the result. */
  readonly originalAlone: Float32Array
  readonly resultAlone: Float32Array
  /** The original with everything inside that ellipse grey: what no synthetic face can take away. */
  readonly surroundings: Float32Array
  readonly person: SeenFace | undefined
  readonly foundAgain: boolean
  /** Degrees, the largest of yaw, pitch and roll; undefined where the result shows no face. */
  readonly poseError: number | undefined
  /** Before and after. */
  readonly moods: readonly [Mood, Mood]
  readonly mouth: boolean | undefined
  /** The same of the original and its own mirror image: what the reading of mouths itself is worth. */
  readonly mouthMirrored: boolean | undefined
  readonly eyes: boolean | undefined
  readonly synthetic: boolean
}

export interface Instruments {
  readonly witness: FaceWitness
  readonly embedder: FaceEmbedder
  readonly pose: PoseReader
}

/** One portrait, original beside result, both aligned by the points of the original: the strongest a finder could do. */
export async function portraitFigures(
  bench: SynBench,
  { witness, embedder, pose }: Instruments,
  path: string,
): Promise<FaceFigures | undefined> {
  const { before, after, document, counts } = await synPicture(bench, path)
  const [was, now] = [rgbOf(before), rgbOf(after)]
  const face = readableFace(await witness.look(was))
  const found = document.frames[0]?.detections ?? []
  const ours = found.find((each) => each.class === 'face' && face && holdsMiddle(each.box, face.box))
  if (!face || !ours) return undefined
  const again = (await witness.look(now)).find((each) => holdsMiddle(each.box, face.box))
  const [posed, kept] = [await pose.read(was, face.box), await pose.read(now, face.box)]
  const [mood, moodNow] = [await moodIn(bench, was, face.box), await moodIn(bench, now, face.box)]
  const synthetic = counts.facesReplaced > 0
  return {
    name: basename(path),
    moods: [mood, moodNow],
    original: await embedder.embed(was, face.points),
    result: await embedder.embed(now, face.points),
    originalAlone: await embedder.embed(faceAlone(was, face.box), face.points),
    resultAlone: await embedder.embed(faceAlone(now, face.box), face.points),
    surroundings: await embedder.embed(faceAlone(was, face.box, 'surroundings'), face.points),
    person: await personOf(bench.models, was, { box: ours.box, roll: ours.roll ?? 0 }),
    foundAgain: again !== undefined,
    poseError: synthetic ? Math.max(...posed.map((angle, i) => Math.abs(angle - (kept[i] ?? 0)))) : undefined,
    mouth: synthetic ? sameMouth(mood, moodNow) : undefined,
    mouthMirrored: synthetic
      ? sameMouth(mood, await moodIn(bench, mirrored(was), mirroredBox(face.box, was.width)))
      : undefined,
    eyes: synthetic ? sameEyes(mood, moodNow) : undefined,
    synthetic,
  }
}

const GREY = 110

function faceAlone(
  { data, width, height }: Rgb,
  [x1, y1, x2, y2]: Box,
  keep: 'face' | 'surroundings' = 'face',
): Rgb {
  const alone = keep === 'face' ? new Uint8Array(data.length).fill(GREY) : Uint8Array.from(data)
  const [cx, cy, rx, ry] = [(x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2]
  for (let y = Math.max(0, Math.ceil(y1)); y < Math.min(height, y2); y++) {
    for (let x = Math.max(0, Math.ceil(x1)); x < Math.min(width, x2); x++) {
      const at = (y * width + x) * 3
      if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 > 1) continue
      if (keep === 'face') alone.set(data.subarray(at, at + 3), at)
      else alone.fill(GREY, at, at + 3)
    }
  }
  return { data: alone, width, height }
}

async function moodIn({ models }: SynBench, picture: Rgb, box: Box): Promise<Mood> {
  const { data, width, height } = picture
  const plane = (offset: number) => ({
    ...{ data, offset, stride: width * 3, step: 3, xShift: 0, yShift: 0, width, height },
  })
  const planes = [plane(0), plane(1), plane(2)]
  return moodOf(await models.mesh.find({ planes, colours: 'rgb', peak: 255, width, height }, box, 0))
}

/** What a person needs to find out why a face is still like its original, or its mouth is not. */
export const rowOf = ({
  name,
  original,
  result,
  resultAlone,
  moods,
  mouth,
  synthetic,
}: FaceFigures): string =>
  [
    name,
    `similarity=${similarity(original, result).toFixed(3)}`,
    `alone=${similarity(original, resultAlone).toFixed(3)}`,
    `mouth=${moods.map((mood) => mood.mouth.toFixed(3)).join('>')}`,
    ...(mouth === false ? ['mouth-differs'] : []),
    ...(synthetic ? [] : ['blurred']),
  ].join(' ')
