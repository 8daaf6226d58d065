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
import { cornerErrors, figuresBySize, type SizeFigures } from './recall/figures-by-size.ts'
import { type LabelledPicture, type LabelledSet, labelledSets } from './recall/labelled-sets.ts'
import { type PlateCover, plateCovers } from './recall/mask-cover.ts'
import { isMeasured, judgeFinds } from './recall/match-finds.ts'
import {
  averagePrecision,
  bootstrapInterval,
  figuresAt,
  type JudgedPicture,
} from './recall/recall-figures.ts'

/** Low enough for the whole curve. */
const CURVE_FROM = 0.05
const COMPARED_AT = 0.3
const DEFAULT_THRESHOLD = 0.5
const MATCH_IOU = 0.5
const TARGETS: Readonly<Record<string, string>> = {
  crowd: ' target: recall>=.90 at false<=.9, with --slicing recall>=.93 at false<=1.0',
  dlib: ' target: all 43',
}
const SHEET_ENTRIES = 60
const SHEET = { cell: 240, columns: 8 }

interface Options {
  readonly data: string
  readonly out: string
  readonly only: string | undefined
  readonly limit: number
  readonly slicing: boolean
  /** False: faint finds of plates are not read, to see what reading gives. */
  readonly reading: boolean
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
      'no-reading': { type: 'boolean', default: false },
    },
  })
  const options: Options = {
    data: values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data',
    out: values.out,
    only: values.set,
    limit: Number(values.limit),
    slicing: values.slicing,
    reading: !values['no-reading'],
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
    measured.push(await measurePicture(set, picture, detectors, options))
  const judged = measured.map((each) => each.judged)
  const at = [COMPARED_AT, DEFAULT_THRESHOLD].map((threshold) => figuresAt(judged, threshold, set.leastWidth))
  const withTruth = measured.map(({ picture, judged: { finds } }) => ({ truth: picture.truth, finds }))
  const corners = cornerErrors(withTruth, DEFAULT_THRESHOLD)
  const covers = plateCovers(withTruth, DEFAULT_THRESHOLD)
  const summary = {
    set: set.name,
    pictures: measured.length,
    objects: judged.reduce((sum, each) => sum + each.measured, 0),
    at,
    intervals: [COMPARED_AT, DEFAULT_THRESHOLD].map((threshold) => ({
      threshold,
      recall: bootstrapInterval(judged, (drawn) => figuresAt(drawn, threshold).recall),
      falsePerPicture: bootstrapInterval(judged, (drawn) => figuresAt(drawn, threshold).falsePerPicture),
    })),
    averagePrecision: averagePrecision(judged),
    bySize: figuresBySize(withTruth, DEFAULT_THRESHOLD),
    cornerErrors: { found: corners.length, median: middle(corners), worst: corners.at(-1) },
    masks: covers.length === 0 ? undefined : coverFigures(covers),
    medianMs: middle(measured.map((each) => each.ms).toSorted((a, b) => a - b)) ?? 0,
  }
  const file = join(options.out, set.name.replace('/', '-'))
  await writeFile(`${file}.json`, JSON.stringify(summary, null, 2))
  await writeFile(`${file}-missed.png`, await missedSheet(set, measured))
  await writeFile(`${file}-false.png`, await falseSheet(measured))
  return lineOf(summary)
}

const COVERED = 0.99

const coverFigures = (covers: readonly PlateCover[]): MaskFigures => ({
  plates: covers.length,
  covered: covers.filter((each) => each.covered >= COVERED).length,
  least: Math.min(...covers.map((each) => each.covered)),
  medianLarger: middle(covers.map((each) => each.larger).toSorted((a, b) => a - b)) ?? 0,
})

/** Of ascending values. */
const middle = (values: readonly number[]): number | undefined => values[Math.floor(values.length / 2)]

async function measurePicture(
  set: LabelledSet,
  picture: LabelledPicture,
  detectors: Detectors,
  { slicing, reading }: Pick<Options, 'slicing' | 'reading'>,
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
    plateReader: reading ? detectors.plateReader : undefined,
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
  readonly intervals: readonly {
    readonly threshold: number
    readonly recall: readonly [number, number]
    readonly falsePerPicture: readonly [number, number]
  }[]
  readonly averagePrecision: number
  readonly bySize: readonly SizeFigures[]
  readonly cornerErrors: { readonly found: number; readonly median: number | undefined }
  readonly masks: MaskFigures | undefined
  readonly medianMs: number
}

interface MaskFigures {
  readonly plates: number
  /** To at least COVERED of their area. */
  readonly covered: number
  readonly least: number
  /** Area of a mask by that of its plate. */
  readonly medianLarger: number
}

function lineOf(summary: Summary): string {
  const range = ([low, high]: readonly [number, number], digits: number): string =>
    `${low.toFixed(digits)}..${high.toFixed(digits)}`
  const at = summary.at.flatMap((each, i) => {
    const interval = summary.intervals[i]
    return [
      `recall@${each.threshold}=${each.recall.toFixed(3)} (${range(interval?.recall ?? [0, 1], 3)})`,
      `precision=${each.precision.toFixed(3)}`,
      `false=${each.falsePerPicture.toFixed(2)} (${range(interval?.falsePerPicture ?? [0, 1], 2)}; ${each.falseTooSmall.toFixed(2)} too small to be asked for)`,
    ]
  })
  const sizes = summary.bySize.map((each) => `${each.from}-${each.to ?? ''}px:${each.found}/${each.all}`)
  const { median } = summary.cornerErrors
  const corners = median === undefined ? '' : ` corner_error=${median.toFixed(3)}`
  const { masks } = summary
  const covered = masks
    ? ` covered>=${COVERED}:${masks.covered}/${masks.plates} least=${masks.least.toFixed(3)} mask_by_plate=${masks.medianLarger.toFixed(2)}`
    : ''
  const target = TARGETS[summary.set] ?? ''
  return `recall set=${summary.set} pictures=${summary.pictures} objects=${summary.objects} ${at.join(' ')} ap50=${summary.averagePrecision.toFixed(3)} by_size@${DEFAULT_THRESHOLD}=${sizes.join(',')}${corners}${covered} ms=${summary.medianMs.toFixed(0)}${target}`
}

if (import.meta.main) await main(process.argv.slice(2))
