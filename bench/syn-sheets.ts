// Makes sheets of originals beside their synthetic results, for a person to look at: portraits, street pictures, films.
// `npm run bench -- syn-sheets --out FOLDER [--portraits N] [--streets N] [--only portraits|streets|films]`
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import type { Box } from '#schemas/detection-document.ts'
import { detectionDocumentSchema } from '#schemas/detection-document.ts'
import { synConfigSchema } from '#schemas/model-config.ts'
import { type Clip, cutClip } from './film/clips.ts'
import { filmPictures } from './film/contact-sheet.ts'
import { labelledSets } from './recall/labelled-sets.ts'
import { type Pair, pairOf, squareAround, writePairs, writeRows } from './syn/pair-sheet.ts'
import { rgbOf } from './syn/rgb-of.ts'
import { openSynBench, type SynBench, synPicture } from './syn/syn-run.ts'

const FACE_TILE = { width: 256, height: 256 }
const STREET_TILE = { width: 760, height: 560 }
const SMALL_TILE = { width: 150, height: 150 }
/** A crowd picture is a street picture where so many of its faces are at least this wide. */
const STREET = { faces: 2, width: 32 }
/** A face that fills the picture, two that turn, people who walk towards the camera. */
const FILMS: readonly Clip[] = [
  { name: 'portrait', file: 'portrait-talking-20s.mp4', fromSeconds: 0, seconds: 2.5 },
  { name: 'turning', file: 'head-pose-face-detection-female-and-male.gif', fromSeconds: 0, seconds: 3 },
  { name: 'walking', file: 'face-demographics-walking.gif', fromSeconds: 0, seconds: 3 },
]
const FRAMES_IN_A_ROW = 8

/** Pictures of a folder, evenly spread over its names: what has like names is alike. */
async function spread(folder: string, count: number): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).toSorted()
  const step = Math.max(1, Math.floor(names.length / count))
  return names
    .filter((_, i) => i % step === 3 % step)
    .slice(0, count)
    .map((name) => join(folder, name))
}

async function portraits(bench: SynBench, data: string, out: string, count: number): Promise<void> {
  const pairs: Pair[] = []
  for (const path of await spread(join(data, 'portraits'), count)) {
    const { before, after, document } = await synPicture(bench, path)
    const face = document.frames[0]?.detections.find((each) => each.class === 'face')
    const [was, now] = [rgbOf(before), rgbOf(after)]
    const part: Box = face ? squareAround(face.box, 1.7) : [0, 0, was.width, was.height]
    pairs.push(await pairOf(was, now, part, FACE_TILE))
  }
  await writePairs(out, 'portraits', pairs, { tile: FACE_TILE, across: 3, down: 4 })
}

async function streetPictures(data: string, count: number): Promise<readonly string[]> {
  const sets = await labelledSets(data)
  const of = (name: string): readonly { path: string; truth: readonly { box: Box }[] }[] =>
    sets.find((set) => set.name === name)?.pictures ?? []
  const isStreet = ({ truth }: { truth: readonly { box: Box }[] }): boolean =>
    truth.filter(({ box }) => box[2] - box[0] >= STREET.width).length >= STREET.faces
  const crowd = of('crowd').filter(isStreet)
  const step = Math.max(1, Math.floor(crowd.length / (count / 2)))
  return [
    join(import.meta.dirname, '../samples/street.jpg'),
    ...of('dlib')
      .slice(0, 5)
      .map(({ path }) => path),
    ...of('corners')
      .slice(0, 4)
      .map(({ path }) => path),
    ...crowd.filter((_, i) => i % step === 0).map(({ path }) => path),
  ].slice(0, count)
}

async function streets(bench: SynBench, data: string, out: string, count: number): Promise<void> {
  const [whole, close]: [Pair[], Pair[]] = [[], []]
  for (const path of await streetPictures(data, count)) {
    const { before, after, document, counts } = await synPicture(bench, path)
    const [was, now] = [rgbOf(before), rgbOf(after)]
    whole.push(await pairOf(was, now, [0, 0, was.width, was.height], STREET_TILE))
    for (const { box } of document.frames[0]?.detections ?? [])
      if (box[2] - box[0] >= STREET.width / 2)
        close.push(await pairOf(was, now, squareAround(box, 1.8), SMALL_TILE))
    console.log(`${path} ${JSON.stringify(counts)}`)
  }
  await writePairs(out, 'streets', whole, { tile: STREET_TILE, across: 1, down: 2 })
  await writePairs(out, 'streets-close', close, { tile: SMALL_TILE, across: 5, down: 7 })
}

async function film({ detectors, models }: SynBench, clip: Clip, out: string): Promise<void> {
  const input = cutClip(clip, 'bench-out/clips')
  const rules = containerRules('.mp4')
  if (!rules) throw new Error('no rules for .mp4')
  const outputPath = join(out, `${clip.name}.mp4`)
  const documentPath = `${outputPath}.json`
  const report = await anonymizeFilm(
    {
      ...{ id: 'bench', kind: 'film', extension: '.mp4', inputPath: input, outputPath, documentPath },
      ...{ until: 'rendered', synSeed: '7'.repeat(64) },
      choice: { model: 'syn', config: synConfigSchema.parse({}) },
    },
    { ...detectors, syn: async () => models },
    { progress: () => undefined },
    new AbortController().signal,
    { ...USUAL_TUNING, threads: 2 },
  )
  console.log(`${clip.name} ${JSON.stringify(report.facts)}`)
  const document = detectionDocumentSchema.parse(JSON.parse(await readFile(documentPath, 'utf8')))
  const frames = busiest(document.frames.map(({ detections }) => detections.length))
  const plan = { tileWidth: document.width, frames }
  const [was, now] = [await filmPictures(input, rules, plan), await filmPictures(outputPath, rules, plan)]
  const boxes = frames.flatMap((frame) => document.frames[frame]?.detections.map(({ box }) => box) ?? [])
  const largest = boxes.toSorted((a, b) => b[2] - b[0] - (a[2] - a[0]))[0] ?? [0, 0, was.width, was.height]
  const part = squareAround(largest, 1.8)
  const pairs = await Promise.all(
    was.tiles.map((tile, i) =>
      pairOf(
        { data: tile, width: was.width, height: was.height },
        { data: now.tiles[i] ?? tile, width: was.width, height: was.height },
        part,
        FACE_TILE,
      ),
    ),
  )
  await writeRows(join(out, `film-${clip.name}.png`), pairs, FACE_TILE)
}

/** The row of frames with the most to hide, the first of equals. */
function busiest(counts: readonly number[]): readonly number[] {
  const sum = (from: number): number =>
    counts.slice(from, from + FRAMES_IN_A_ROW).reduce((total, count) => total + count, 0)
  let best = 0
  for (let from = 1; from + FRAMES_IN_A_ROW <= counts.length; from++) if (sum(from) > sum(best)) best = from
  return Array.from({ length: Math.min(FRAMES_IN_A_ROW, counts.length) }, (_, i) => best + i)
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      out: { type: 'string', default: 'bench-out/syn-sheets' },
      portraits: { type: 'string', default: '40' },
      streets: { type: 'string', default: '20' },
      only: { type: 'string' },
    },
  })
  const data = values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data'
  const { out, only } = values
  await mkdir(out, { recursive: true })
  const bench = await openSynBench()
  if (!only || only === 'portraits') await portraits(bench, data, out, Number(values.portraits))
  if (!only || only === 'streets') await streets(bench, data, out, Number(values.streets))
  if (!only || only === 'films') for (const clip of FILMS) await film(bench, clip, out)
  console.log(`sheets in ${out}`)
}

if (import.meta.main) await main(process.argv.slice(2))
