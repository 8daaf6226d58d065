// Runs the product's own picture path with synthetic faces and plates in this process, for the benchmarks of `syn`.
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { type Detectors, openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import type { DecodedPicture } from '#anonymizer/picture/decoded-picture.ts'
import { detectPicture } from '#anonymizer/picture/detect-picture.ts'
import { encodePicture } from '#anonymizer/picture/encode-picture.ts'
import { pictureSettings } from '#anonymizer/picture/pure/picture-settings.ts'
import { synthesizeInPicture } from '#anonymizer/picture/render-picture.ts'
import { setStillThreads } from '#anonymizer/picture/still-decoder.ts'
import { openSynModels } from '#anonymizer/syn/open-syn-models.ts'
import type { SynCounts } from '#anonymizer/syn/pure/syn-facts.ts'
import { createSynthesizer, type SynModels } from '#anonymizer/syn/synthesizer.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels, loadSynModels } from '#models/model-store.ts'
import type { DetectionDocument } from '#schemas/detection-document.ts'
import { synConfigSchema } from '#schemas/model-config.ts'

export interface SynBench {
  readonly detectors: Detectors
  readonly models: SynModels
  readonly cacheFolder: string
}

/** One picture before and after; both 8 bits or as they came. */
export interface SynResult {
  readonly before: DecodedPicture
  readonly after: DecodedPicture
  readonly document: DetectionDocument
  readonly counts: SynCounts
  readonly texts: readonly { readonly text: string; readonly middle: readonly [number, number] }[]
  /** Thread milliseconds of the parts. */
  readonly took: {
    readonly decode: number
    readonly detect: number
    readonly render: number
    readonly encode: number
  }
}

/** The same seeds for the same figures each time; the first is that of all benchmarks with one draw. */
const seedOf = (draw: number): Uint8Array => new Uint8Array(32).fill(7 + draw)

export async function openSynBench(): Promise<SynBench> {
  setStillThreads(1)
  const cacheFolder = modelCacheFolder(process.env)
  const options = { threads: 1, executionProvider: 'cpu' } as const
  const detectors = await openDetectors(await loadModels({ cacheFolder }), options)
  return {
    detectors,
    cacheFolder,
    models: await openSynModels(await loadSynModels({ cacheFolder }), options),
  }
}

export async function synPicture({ detectors, models }: SynBench, path: string): Promise<SynResult> {
  const extension = extname(path).toLowerCase()
  const config = synConfigSchema.parse({})
  const bytes = await readFile(path)
  const clock = stopwatch()
  const before = await decodePicture(bytes, extension)
  const decode = clock()
  const settings = pictureSettings({ model: 'syn', config })
  const document = await detectPicture(before, settings, detectors, AbortSignal.timeout(600_000))
  const detect = clock()
  const { picture, synthesizer, texts } = await rendered(models, { before, document, path })
  const render = clock()
  const written = await encodePicture(picture)
  const encode = clock()
  const after = await decodePicture(written, extension)
  return {
    before,
    after,
    document,
    counts: synthesizer.counts,
    texts,
    took: { decode, detect, render, encode },
  }
}

/** The same picture drawn again with other seeds: what is found is the same, the faces are not. */
export async function synDraws(
  bench: SynBench,
  { before, document }: SynResult,
  { path, draws }: { readonly path: string; readonly draws: readonly number[] },
): Promise<readonly DecodedPicture[]> {
  const results: DecodedPicture[] = []
  for (const draw of draws) {
    const { picture } = await rendered(bench.models, { before, document, path, draw })
    results.push(await decodePicture(await encodePicture(picture), extname(path).toLowerCase()))
  }
  return results
}

interface ToRender extends Pick<SynResult, 'before' | 'document'> {
  readonly path: string
  readonly draw?: number
}

async function rendered(models: SynModels, { before, document, path, draw = 0 }: ToRender) {
  const data = before.data instanceof Uint16Array ? new Uint16Array(before.data) : new Uint8Array(before.data)
  const picture = { ...before, data }
  const texts: { text: string; middle: readonly [number, number] }[] = []
  const synthesizer = createSynthesizer(models, {
    ...{ faces: true, plates: true, scope: 'track', seed: seedOf(draw) },
    file: basename(path),
    onPlate: ({ text, quad }) =>
      texts.push({ text, middle: [(quad[0][0] + quad[2][0]) / 2, (quad[0][1] + quad[2][1]) / 2] }),
  })
  await synthesizeInPicture(picture, document, synthesizer)
  return { picture, synthesizer, texts }
}

/** Nothing but the rendering, with a synthesizer of its own. */
export async function renderAgain({ models }: SynBench, { before, document }: SynResult): Promise<void> {
  await rendered(models, { before, document, path: 'again' })
}

/** CPU milliseconds of the whole process since the last call. */
function stopwatch(): () => number {
  let last = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(last)
    last = process.cpuUsage()
    return (user + system) / 1000
  }
}
