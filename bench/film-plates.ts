// Of the plates of a real film, labelled by eye: in how many frames they are hidden, and how much is hidden for nothing.
// `npm run bench -- film-plates`; labels: models/training/plates/film_plates.json
import { mkdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { documentFrames } from '#anonymizer/film/document-file.ts'
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { cornersOf } from '#anonymizer/pure/mask-shape.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'
import type { Box, FrameDetections } from '#schemas/detection-document.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'
import { coverage } from '#test/film/planted/exposure.ts'
import { labelledBox, type PlateTruth } from './film/labelled-plates.ts'

const LEAST_HIDDEN = 0.9
const out = 'bench-out/film-plates'
mkdirSync(out, { recursive: true })
const shared = process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '../../shared/data')
const truth = JSON.parse(
  readFileSync(join(import.meta.dirname, '../models/training/plates/film_plates.json'), 'utf8'),
) as PlateTruth
await using models = await openDetectors(await loadModels({ cacheFolder: modelCacheFolder(process.env) }), {
  threads: 1,
  executionProvider: 'cpu',
})

async function found(film: string): Promise<readonly FrameDetections[]> {
  const documentPath = join(out, `${film}.json`)
  await anonymizeFilm(
    {
      ...{ id: 'bench', kind: 'film', extension: extname(film), inputPath: join(shared, 'videos', film) },
      ...{ outputPath: `${documentPath}.mp4`, documentPath, until: 'detected' },
      choice: { model: 'blur', config: blurConfigSchema.parse({ blur_face: false }) },
    },
    models,
    { progress: () => undefined },
    new AbortController().signal,
    { ...USUAL_TUNING, threads: 1 },
  )
  const frames: FrameDetections[] = []
  for await (const frame of documentFrames(documentPath)) frames.push(frame)
  return frames
}

const touches = (a: Box, b: Box): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]

const total = { objectFrames: 0, hidden: 0, idle: 0, frames: 0 }
for (const [film, { plates }] of Object.entries(truth)) {
  const rules = containerRules(extname(film))
  if (!rules) throw new Error(`no rules for ${film}`)
  const size = inspectFilm(join(shared, 'videos', film), rules).displayed
  const frames = await found(film)
  for (const [name, keys] of Object.entries(plates)) {
    const shown = frames.flatMap(({ frame, detections }) => {
      const box = labelledBox(keys, frame)
      return box ? [coverage(size, cornersOf(box), detections).hidden] : []
    })
    const hidden = shown.filter((part) => part >= LEAST_HIDDEN).length
    total.objectFrames += shown.length
    total.hidden += hidden
    console.log(`${film} ${name}: hidden in ${hidden} of ${shown.length} frames`)
  }
  const idle = frames.flatMap(({ frame, detections }) =>
    detections.filter(({ box }) => {
      const labelled = Object.values(plates).map((keys) => labelledBox(keys, frame))
      return !labelled.some((plate) => plate && touches(plate, box))
    }),
  )
  total.idle += idle.length
  total.frames += frames.length
}
console.log(
  `film-plates hidden=${(total.hidden / total.objectFrames).toFixed(3)} object_frames=${total.objectFrames} masks_elsewhere_a_frame=${(total.idle / total.frames).toFixed(2)}`,
)
