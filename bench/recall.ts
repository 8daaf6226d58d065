// Measures what the product finds: its own path over labelled sets, with figures, JSON and sheets of what went wrong.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Detectors, openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import { detectPicture } from '#anonymizer/picture/detect-picture.ts'
import { lookPicture } from '#anonymizer/picture/look-picture.ts'
import { setStillThreads } from '#anonymizer/picture/still-decoder.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'
import { contactSheet, GREEN, RED, type SheetEntry } from './recall/contact-sheet.ts'
import { type LabelledPicture, type LabelledSet, labelledSets } from './recall/labelled-sets.ts'
import { isMeasured, judgeFinds } from './recall/match-finds.ts'
import { averagePrecision, figuresAt, type JudgedPicture, recallInterval } from './recall/recall-figures.ts'

/** Low enough for the whole curve. */
const CURVE_FROM = 0.05
const COMPARED_AT = 0.3
const DEFAULT_THRESHOLD = 0.5
const MATCH_IOU = 0.5
const SHEET_ENTRIES = 60
const SHEET = { cell: 240, columns: 8 }
/** Width bins in pixels. */
const WIDTHS = [12, 20, 40, 80, 160, Number.POSITIVE_INFINITY]

interface Options {
  readonly data: string
  readonly out: string
  readonly only: string | undefined
  readonly limit: number
  readonly slicing: boolean
}
interface Measured {
  readonly picture: LabelledPicture
  readonly judged: JudgedPicture
  readonly ms: number
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      out: { type: 'string', default: 'bench-out/recall' },
      set: { type: 'string' },
      limit: { type: 'string', default: '1000000' },
      slicing: { type: 'boolean', default: false },
    },
  })
  const options: Options = {
    data: values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data',
    out: values.out,
    only: values.set,
    limit: Number(values.limit),
    slicing: values.slicing,
  }
  setStillThreads(1)
  const models = await loadModels({ cacheFolder: modelCacheFolder(process.env) })
  await using detectors = await openDetectors(models, { threads: 1, executionProvider: 'cpu' })
  await mkdir(options.out, { recursive: true })
  const sets = await labelledSets(options.data)
  const wanted = sets.filter((set) => options.only === undefined || set.name.startsWith(options.only))
  const lines: string[] = []
  for (const set of wanted) lines.push(await measureSet(set, detectors, options))
  console.log(lines.join('\n'))
}

async function measureSet(set: LabelledSet, detectors: Detectors, options: Options): Promise<string> {
  const measured: Measured[] = []
  for (const picture of set.pictures.slice(0, options.limit))
    measured.push(await measurePicture(set, picture, detectors, options.slicing))
  const judged = measured.map((each) => each.judged)
  const at = [COMPARED_AT, DEFAULT_THRESHOLD].map((threshold) => figuresAt(judged, threshold))
  const times = measured.map((each) => each.ms).toSorted((a, b) => a - b)
  const summary = {
    set: set.name,
    pictures: measured.length,
    objects: judged.reduce((sum, each) => sum + each.measured, 0),
    at,
    recallInterval: recallInterval(judged, COMPARED_AT),
    averagePrecision: averagePrecision(judged),
    recallByWidth: recallByWidth(measured),
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
  }
  const file = join(options.out, set.name.replace('/', '-'))
  await writeFile(`${file}.json`, JSON.stringify(summary, null, 2))
  await writeFile(`${file}-missed.png`, await missedSheet(set, measured))
  await writeFile(`${file}-false.png`, await falseSheet(measured))
  return lineOf(summary)
}

async function measurePicture(
  set: LabelledSet,
  picture: LabelledPicture,
  detectors: Detectors,
  slicing: boolean,
): Promise<Measured> {
  const bytes = await readFile(picture.path)
  const startMs = performance.now()
  const decoded = await decodePicture(bytes, extname(picture.path).toLowerCase())
  const settings = {
    faces: set.class === 'face',
    plates: set.class === 'plate',
    faceThreshold: CURVE_FROM,
    plateThreshold: CURVE_FROM,
    slicing,
    maskBlur: true,
    rules: {},
  }
  const asked = {
    face: set.class === 'face' ? detectors.face : undefined,
    secondFace: detectors.secondFace,
    plate: set.class === 'plate' ? detectors.plate : undefined,
  }
  const document = await detectPicture(decoded, settings, asked, AbortSignal.timeout(60_000))
  const ms = performance.now() - startMs
  const truth = picture.truth.map((each) => each.box)
  const finds = judgeFinds(document.frames[0]?.detections ?? [], truth, {
    iou: MATCH_IOU,
    leastWidth: set.leastWidth,
  })
  return { picture, judged: { measured: truth.filter((box) => isMeasured(box, set)).length, finds }, ms }
}

function recallByWidth(measured: readonly Measured[]): Record<string, string> {
  return Object.fromEntries(
    WIDTHS.slice(0, -1).map((from, i) => {
      const to = WIDTHS[i + 1] ?? from
      let all = 0
      let found = 0
      for (const { picture, judged } of measured) {
        picture.truth.forEach(({ box }, index) => {
          const width = box[2] - box[0]
          if (width < from || width >= to) return
          all++
          if (judged.finds.some((find) => find.truth === index && find.score >= DEFAULT_THRESHOLD)) found++
        })
      }
      return [`${from}..${to}`, `${found}/${all}`]
    }),
  )
}

async function missedSheet(set: LabelledSet, measured: readonly Measured[]): Promise<Uint8Array> {
  const entries: SheetEntry[] = []
  for (const { picture, judged } of measured) {
    for (const [i, { box }] of picture.truth.entries()) {
      const found = judged.finds.some((find) => find.truth === i && find.score >= DEFAULT_THRESHOLD)
      if (found || !isMeasured(box, set) || entries.length >= SHEET_ENTRIES) continue
      const near = judged.finds.filter((find) => find.verdict === 'wrong' && find.score >= DEFAULT_THRESHOLD)
      const boxes = [{ box, colour: RED }, ...near.map((find) => ({ box: find.box, colour: GREEN }))]
      entries.push(await entryOf(picture, box, boxes))
    }
  }
  return contactSheet(entries, SHEET)
}

async function falseSheet(measured: readonly Measured[]): Promise<Uint8Array> {
  const entries: SheetEntry[] = []
  for (const { picture, judged } of measured) {
    for (const find of judged.finds) {
      if (find.verdict !== 'wrong' || find.score < DEFAULT_THRESHOLD || entries.length >= SHEET_ENTRIES)
        continue
      entries.push(await entryOf(picture, find.box, [{ box: find.box, colour: GREEN }]))
    }
  }
  return contactSheet(entries, SHEET)
}

async function entryOf(
  picture: LabelledPicture,
  [x1, y1, x2, y2]: LabelledPicture['truth'][number]['box'],
  boxes: SheetEntry['boxes'],
): Promise<SheetEntry> {
  const decoded = await decodePicture(await readFile(picture.path), extname(picture.path).toLowerCase())
  const { width, height } = decoded
  const whole = { left: 0, top: 0, regionWidth: width, regionHeight: height, width, height }
  const more = Math.max(x2 - x1, y2 - y1)
  const shown = await lookPicture(decoded, whole, 'opaque')
  return { picture: shown, region: [x1 - more, y1 - more, x2 + more, y2 + more], boxes }
}

interface Summary {
  readonly set: string
  readonly pictures: number
  readonly objects: number
  readonly at: readonly ReturnType<typeof figuresAt>[]
  readonly recallInterval: readonly [number, number]
  readonly averagePrecision: number
  readonly recallByWidth: Record<string, string>
  readonly medianMs: number
}

function lineOf(summary: Summary): string {
  const at = summary.at.map(
    (each) =>
      `recall@${each.threshold}=${each.recall.toFixed(3)} precision@${each.threshold}=${each.precision.toFixed(3)} false@${each.threshold}=${each.falsePerPicture.toFixed(2)}`,
  )
  const [low, high] = summary.recallInterval
  const target = summary.set === 'crowd' ? ' target: recall@0.3>=0.89 false@0.3<=1.0' : ''
  return `recall set=${summary.set} pictures=${summary.pictures} objects=${summary.objects} ${at.join(' ')} interval=${low.toFixed(3)}..${high.toFixed(3)} ap50=${summary.averagePrecision.toFixed(3)} ms=${summary.medianMs.toFixed(0)}${target}`
}

if (import.meta.main) await main(process.argv.slice(2))
