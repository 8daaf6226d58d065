// P6: a dense film beside the sum of its stages, each measured alone in the same process. `npm run bench -- P6`; recall: P5
import { mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import type { Frame } from 'node-av/lib'
import type { Detector } from '#anonymizer/detect/detector.ts'
import { openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { atTwoSizes } from '#anonymizer/detect/two-sizes-detector.ts'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { documentFrames } from '#anonymizer/film/document-file.ts'
import { hideFrame } from '#anonymizer/film/hide-frame.ts'
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { lookPictures } from '#anonymizer/film/look-picture.ts'
import { openFilm } from '#anonymizer/film/open-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { newTally, readFilm } from '#anonymizer/film/read-film.ts'
import { scaledPictures } from '#anonymizer/film/scaled-picture.ts'
import { SKETCH_HEIGHT, SKETCH_WIDTH } from '#anonymizer/pure/track-cut.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'
import { plainTranscode } from './film/plain-transcode.ts'
import { testFilm } from './film/test-films.ts'

const THREADS = 1
const CALLS = 10
const FULL_SIDE = 960
const QUICK_SIDE = 640

async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const path = testFilm('dense')
const rules = containerRules('.mp4')
if (!rules) throw new Error('no rules')
const facts = inspectFilm(path, rules)
mkdirSync('bench-out/speed', { recursive: true })
const output = 'bench-out/speed/p6.mp4'
const loaded = await loadModels({ cacheFolder: modelCacheFolder(process.env) })
await using models = await openDetectors(loaded, { threads: THREADS, executionProvider: 'cpu' })

async function hide() {
  return anonymizeFilm(
    {
      ...{ id: 'bench', kind: 'film', extension: '.mp4', inputPath: path, outputPath: output },
      ...{ documentPath: `${output}.json`, until: 'rendered', copy: false },
      choice: { model: 'blur', config: blurConfigSchema.parse({}) },
    },
    models,
    { progress: () => undefined },
    new AbortController().signal,
    { ...USUAL_TUNING, threads: THREADS },
  )
}

/** Per call, on one frame of the film. */
async function lookMs(
  detector: Detector,
  frame: Frame,
  side: number,
): Promise<{ scale: number; detect: number }> {
  using pictures = lookPictures(facts, { longestSide: side, mostEnlarged: 1 })
  let index = 0
  await detector.detect(pictures.look(frame, index++), 0.25)
  const scale = await cpuMs(() => {
    for (let i = 0; i < CALLS; i++) pictures.look(frame, index++)
  })
  const picture = pictures.look(frame, index)
  const detect = await cpuMs(async () => {
    for (let i = 0; i < CALLS; i++) await detector.detect(picture, 0.25)
  })
  return { scale: scale / CALLS, detect: detect / CALLS }
}

const report = await hide()
const whole = await cpuMs(hide)
const transcode = await cpuMs(() =>
  plainTranscode(path, 'bench-out/speed/p6-plain.mp4', rules, {
    quality: USUAL_TUNING.quality,
    threads: THREADS,
  }),
)
using film = openFilm(path, rules)
using sketches = scaledPictures({
  ...{ width: SKETCH_WIDTH, height: SKETCH_HEIGHT, room: { width: SKETCH_WIDTH, height: SKETCH_HEIGHT } },
  ...{ format: 'gray', filter: 'area' },
})
const found = documentFrames(`${output}.json`)
let [masks, sketching, looks] = [0, 0, 0]
const count = (name: string): number => Number(report.facts[name] ?? 0)
let frames = 0
for (const part of readFilm(film, newTally(), { threads: THREADS, audio: false, joinClock: false })) {
  if (part.part !== 'picture') continue
  const { frame } = part
  if (frames++ === 30) {
    const face = await lookMs(models.face, frame, FULL_SIDE)
    const quick = await lookMs(models.secondFace, frame, QUICK_SIDE)
    const plate = await lookMs(atTwoSizes(models.plate), frame, FULL_SIDE)
    // Full looks at faces and plates share one scaled picture.
    const scaled = Math.max(count('face_looks'), count('plate_looks'))
    looks =
      count('face_looks') * face.detect +
      count('plate_looks') * plate.detect +
      scaled * face.scale +
      count('face_quick_looks') * (quick.scale + quick.detect)
    console.log(
      `looks, CPU-ms: face ${face.detect.toFixed(1)}, quick ${quick.detect.toFixed(1)}, plate ${plate.detect.toFixed(1)}; scaling ${face.scale.toFixed(1)} and ${quick.scale.toFixed(1)}`,
    )
  }
  sketching += await cpuMs(() => sketches.scaleRows(frame))
  const { value } = await found.next()
  if (value) masks += await cpuMs(() => hideFrame(frame, value, { facts, maskBlur: true }))
}
const sum = transcode + looks + sketching + masks
const each = (ms: number): string => (ms / report.frames).toFixed(1)
console.log(
  `P6 ratio=${(sum / whole).toFixed(2)} target>=0.92 CPU-ms a frame: whole ${each(whole)} = decode and encode ${each(transcode)} + looks ${each(looks)} + sketches ${each(sketching)} + masks ${each(masks)} + ${each(whole - sum)} load=${(loadavg()[0] ?? 0).toFixed(0)} faces=${report.faces} plates=${report.plates} frames_hidden=${count('frames_hidden')}`,
)
