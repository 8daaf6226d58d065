// Measures the film path beside a plain transcode, and makes sheets of hidden films to look at.
// `npm run bench -- film [FILM…] [--rounds N] [--seconds S] [--faces] [--plates] [--preset P] [--out DIR]`
// `npm run bench -- film --sheets [FILM…] [--out DIR]`
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { basename, extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Detector } from '#anonymizer/detect/detector.ts'
import { openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import type { FilmModels } from '#anonymizer/film/film-looks.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import type { RenderReport } from '#anonymizer/worker/protocol.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'
import { detectionDocumentSchema } from '#schemas/detection-document.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'
import { contactSheet } from './film/contact-sheet.ts'
import { plainTranscode } from './film/plain-transcode.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sheets: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    preset: { type: 'string', default: 'veryfast' },
    faces: { type: 'boolean', default: false },
    plates: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench-out/film' },
  },
})
const shared = process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '../../shared/data')
const films = positionals.length > 0 ? positionals : filmsIn(join(shared, 'videos'))
mkdirSync(values.out, { recursive: true })
const threads = Math.min(2, availableParallelism())
const quality = { ...USUAL_TUNING.quality, preset: values.preset }

function filmsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => containerRules(extname(name).toLowerCase()))
    .map((name) => join(folder, name))
}

const nothing = (name: string): Detector => ({
  modelId: name,
  modelSha256: '0'.repeat(64),
  detect: async () => [],
  async [Symbol.asyncDispose]() {},
})

async function hide(
  path: string,
  models: FilmModels,
  faces: boolean,
  plates: boolean,
): Promise<RenderReport> {
  const outputPath = join(values.out, basename(path))
  return anonymizeFilm(
    {
      id: 'bench',
      kind: 'film',
      extension: extname(path).toLowerCase(),
      inputPath: path,
      outputPath,
      documentPath: `${outputPath}.json`,
      until: 'rendered',
      choice: { model: 'blur', config: blurConfigSchema.parse({ blur_face: faces, enable_lp: plates }) },
    },
    models,
    { progress: () => undefined },
    new AbortController().signal,
    { ...USUAL_TUNING, quality, threads },
  )
}

interface Cost {
  readonly cpuMs: number
  readonly wallMs: number
  readonly rssMb: number
}

/** Per frame. */
async function measured(frames: () => Promise<number>): Promise<Cost> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const count = await frames()
  const used = process.cpuUsage(cpu)
  return {
    cpuMs: (used.user + used.system) / 1000 / count,
    wallMs: (performance.now() - started) / count,
    rssMb: process.memoryUsage.rss() / 1e6,
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

async function speed(path: string, models: FilmModels): Promise<void> {
  const rules = containerRules(extname(path).toLowerCase())
  if (!rules) throw new Error(`${path} is no film`)
  const kinds = { faces: values.faces || !values.plates, plates: values.plates || !values.faces }
  const idle = { face: nothing('no-face'), plate: nothing('no-plate') }
  const rounds: object[] = []
  const ratios = {
    path: [] as number[],
    pathCpu: [] as number[],
    all: [] as number[],
    allCpu: [] as number[],
  }
  let report: RenderReport | undefined
  for (let round = 0; round < Number(values.rounds); round++) {
    const transcode = await measured(async () =>
      plainTranscode(path, join(values.out, `plain${extname(path)}`), rules, { quality, threads }),
    )
    const pathOnly = await measured(async () => (await hide(path, idle, true, true)).frames)
    const all = await measured(async () => {
      report = await hide(path, models, kinds.faces, kinds.plates)
      return report.frames
    })
    rounds.push({ round, load: loadavg()[0], transcode, pathOnly, all })
    ratios.path.push(transcode.wallMs / pathOnly.wallMs)
    ratios.pathCpu.push(transcode.cpuMs / pathOnly.cpuMs)
    ratios.all.push(transcode.wallMs / all.wallMs)
    ratios.allCpu.push(transcode.cpuMs / all.cpuMs)
    console.log(JSON.stringify(rounds.at(-1)))
  }
  writeFileSync(join(values.out, `${basename(path)}.rounds.json`), JSON.stringify(rounds, null, 2))
  const figure = (numbers: readonly number[]): string => median(numbers).toFixed(2)
  console.log(
    `${basename(path)} of T: path without detectors ${figure(ratios.path)} (CPU ${figure(ratios.pathCpu)}), with ${Object.entries(
      kinds,
    )
      .filter(([, on]) => on)
      .map(([name]) => name)
      .join(
        ' and ',
      )} ${figure(ratios.all)} (CPU ${figure(ratios.allCpu)}); ${report?.faces} faces, ${report?.plates} plates, looks ${report?.facts.face_looks ?? 0} and ${report?.facts.plate_looks ?? 0} in ${report?.frames} frames`,
  )
}

const TILES = 24

async function sheets(path: string, models: FilmModels): Promise<void> {
  const rules = containerRules(extname(path).toLowerCase())
  if (!rules) throw new Error(`${path} is no film`)
  const name = basename(path)
  try {
    const report = await hide(path, models, true, true)
    console.log(name, JSON.stringify(report))
  } catch (error) {
    console.log(name, error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : error)
    return
  }
  const output = join(values.out, name)
  const document = detectionDocumentSchema.parse(JSON.parse(readFileSync(`${output}.json`, 'utf8')))
  const spread = (frames: readonly number[]): number[] =>
    Array.from(
      { length: Math.min(TILES, frames.length) },
      (_, i) => frames[Math.floor((i * frames.length) / Math.min(TILES, frames.length))] ?? 0,
    )
  const hidden = document.frames.filter(({ detections }) => detections.length > 0).map(({ frame }) => frame)
  const open = document.frames.filter(({ detections }) => detections.length === 0).map(({ frame }) => frame)
  for (const [kind, frames] of [
    ['hidden', spread(hidden)],
    ['open', spread(open)],
  ] as const) {
    if (frames.length > 0)
      await contactSheet(output, rules, join(values.out, `${name}.${kind}.png`), {
        columns: 4,
        tileWidth: 480,
        frames,
      })
  }
}

const loaded = await loadModels({ cacheFolder: modelCacheFolder(process.env) })
await using models = await openDetectors(loaded, { threads, executionProvider: 'cpu' })
for (const path of films) await (values.sheets ? sheets(path, models) : speed(path, models))
