// Measures what synthetic faces and plates leave of the real ones and what they keep: one command, a table and JSON.
// `npm run bench -- privacy-syn [--portraits N] [--offset N] [--plates N]
// [--draws N] [--seeds N] [--only faces|plates|across] [--rows] [--json FILE]`
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openFaceEmbedder } from './privacy/face-embedder.ts'
import { openFaceWitness } from './privacy/face-witness.ts'
import type { GalleryPicture } from './privacy/gallery-ranks.ts'
import { isBiographical } from './privacy/people-in-pictures.ts'
import { labelledSets } from './recall/labelled-sets.ts'
import { acrossFigures, seePairs } from './syn/across-pictures.ts'
import { faceSummary } from './syn/face-summary.ts'
import { nearestSource } from './syn/nearest-source.ts'
import { plateFigures } from './syn/plate-figures.ts'
import { type FaceFigures, type Instruments, portraitFigures, rowOf } from './syn/portrait-face.ts'
import { portraitGallery } from './syn/portrait-gallery.ts'
import { openPoseReader } from './syn/pose-reader.ts'
import { openSynBench, type SynBench } from './syn/syn-run.ts'

/** A false match of strangers in a hundred. */
const FALSE_ACCEPT = 0.01

type Figures = Readonly<Record<string, number>>

interface Bench extends Instruments {
  readonly syn: SynBench
  /** Folder of the portraits, their names, and all of them looked at where faces are measured. */
  readonly folder: string
  readonly files: readonly string[]
  readonly gallery: readonly GalleryPicture[]
}

async function openBench(data: string, hasFaces: boolean): Promise<Bench> {
  const weights = join(data, 'weights')
  const witness = await openFaceWitness(join(weights, 'yunet_n_dynamic.onnx'))
  const embedder = await openFaceEmbedder(join(weights, 'measure-only-MobileFaceNet.onnx'))
  const folder = join(data, 'portraits')
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).toSorted()
  return {
    ...{ witness, embedder, folder, files },
    syn: await openSynBench(),
    pose: await openPoseReader(weights),
    gallery: hasFaces ? await portraitGallery(folder, files, { witness, embedder }) : [],
  }
}

interface Portraits {
  readonly count: number
  readonly offset: number
  readonly draws: number
  readonly onFace: (face: FaceFigures) => void
}

async function facesAndDraws(bench: Bench, portraits: Portraits): Promise<Record<string, Figures>> {
  const { files, folder, gallery, syn } = bench
  const every = Math.max(1, Math.floor(files.length / portraits.count))
  const chosen = files.filter((_, i) => i % every === portraits.offset % every).slice(0, portraits.count)
  const figures: FaceFigures[] = []
  for (const name of chosen) {
    const one = await portraitFigures(syn, bench, join(folder, name))
    if (one) figures.push(one)
  }
  figures.forEach(portraits.onFace)
  const people = figures.flatMap(({ person }) => person ?? [])
  return {
    faces: { unreadable: chosen.length - figures.length, ...faceSummary(figures, gallery, FALSE_ACCEPT) },
    draws: nearestSource(people, portraits.draws),
  }
}

async function plates(bench: Bench, data: string, count: number): Promise<Figures> {
  const sets = (await labelledSets(data)).filter((set) => set.name.startsWith('romania'))
  const perSet = Math.ceil(count / Math.max(1, sets.length))
  const tally = await plateFigures(
    bench.syn,
    sets.flatMap((set) => set.pictures.slice(0, perSet)),
  )
  return { ...tally }
}

async function across(bench: Bench, draws: number): Promise<Figures> {
  const pairs = await seePairs(bench.syn, { ...bench, draws })
  return acrossFigures(
    pairs,
    bench.gallery.filter(({ file }) => isBiographical(file)),
    FALSE_ACCEPT,
  )
}

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
      // Draws of each picture whose person has another one.
      seeds: { type: 'string', default: '3' },
      only: { type: 'string' },
    },
  })
  const data = values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data'
  const isWanted = (part: string): boolean => values.only === undefined || values.only === part
  const bench = await openBench(data, values.only !== 'plates')
  const portraits = {
    ...{ count: Number(values.portraits), offset: Number(values.offset), draws: Number(values.draws) },
    onFace: (face: FaceFigures) => {
      if (values.rows) console.log(`row ${rowOf(face)}`)
    },
  }
  const all: Record<string, Figures> = {
    ...(isWanted('faces') ? await facesAndDraws(bench, portraits) : {}),
    ...(isWanted('plates') ? { plates: await plates(bench, data, Number(values.plates)) } : {}),
    ...(isWanted('across') ? { across: await across(bench, Number(values.seeds)) } : {}),
  }
  for (const [group, rows] of Object.entries(all))
    for (const [name, value] of Object.entries(rows))
      console.log(`${group.padEnd(8)}${name.padEnd(27)}${Number.isInteger(value) ? value : value.toFixed(3)}`)
  if (values.json) await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`)
  console.log(`privacy-syn ${JSON.stringify(all)}`)
}

if (import.meta.main) await main(process.argv.slice(2))
