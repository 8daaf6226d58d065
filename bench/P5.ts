// P5: how many detector runs the adaptive look saves, and how much of what per-frame detection hides it still hides.
// `npm run bench -- P5 [--clip NAME] [--out DIR]`
import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { documentFrames } from '#anonymizer/film/document-file.ts'
import { type LookRules, USUAL_LOOKS } from '#anonymizer/film/film-looks.ts'
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { cornersOf } from '#anonymizer/pure/mask-shape.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'
import { coverage } from '#test/film/planted/exposure.ts'
import { CLIPS, cutClip } from './film/clips.ts'
import { type Remembering, remembering } from './film/remembering-detector.ts'

const { values } = parseArgs({
  options: {
    clip: { type: 'string' },
    out: { type: 'string', default: 'bench-out/P5' },
    list: { type: 'boolean' },
  },
})
mkdirSync(values.out, { recursive: true })
const everyFrame: LookRules = {
  ...USUAL_LOOKS,
  face: { ...USUAL_LOOKS.face, everySeconds: 0 },
  plate: { ...USUAL_LOOKS.plate, everySeconds: 0 },
}
const LEAST_HIDDEN = 0.9

interface Watched {
  readonly frames: readonly FrameDetections[]
  readonly runs: number
  readonly pixels: number
  readonly width: number
  readonly height: number
}

async function watch(
  path: string,
  looks: LookRules,
  models: { readonly face: Remembering; readonly plate: Remembering; readonly secondFace: Remembering },
): Promise<Watched> {
  models.face.reset()
  models.plate.reset()
  models.secondFace.reset()
  const documentPath = join(values.out, `${basename(path)}.json`)
  const size = { width: 0, height: 0 }
  await anonymizeFilm(
    {
      id: 'bench',
      kind: 'film',
      extension: '.mp4',
      inputPath: path,
      outputPath: `${documentPath}.mp4`,
      documentPath,
      until: 'detected',
      choice: { model: 'blur', config: blurConfigSchema.parse({}) },
    },
    models,
    { progress: () => undefined },
    new AbortController().signal,
    { ...USUAL_TUNING, threads: 1, looks },
  )
  const frames: FrameDetections[] = []
  for await (const frame of documentFrames(documentPath)) frames.push(frame)
  const sum = (of: 'runs' | 'pixels'): number =>
    models.face.asked[of] + models.plate.asked[of] + models.secondFace.asked[of]
  const rules = containerRules('.mp4')
  if (rules) Object.assign(size, inspectFilm(path, rules).displayed)
  return { frames, runs: sum('runs'), pixels: sum('pixels'), ...size }
}

interface Share {
  readonly objectFrames: number
  readonly open: readonly string[]
}

/** Of what was found by looking at every frame: what the other document leaves open. */
function hiddenShare(every: Watched, some: Watched): Share {
  const open: string[] = []
  let objectFrames = 0
  for (const { frame, detections } of every.frames) {
    for (const found of detections.filter(({ origin }) => origin === 'detected')) {
      objectFrames++
      const { hidden } = coverage(
        every,
        found.quad ?? cornersOf(found.box),
        some.frames[frame]?.detections ?? [],
      )
      if (hidden < LEAST_HIDDEN)
        open.push(`${frame} ${found.class} ${found.score.toFixed(2)} ${found.box.map(Math.round)}`)
    }
  }
  return { objectFrames, open }
}

const loaded = await loadModels({ cacheFolder: modelCacheFolder(process.env) })
await using opened = await openDetectors(loaded, { threads: 1, executionProvider: 'cpu' })
const memory = 'bench-out/finds'
const models = {
  face: remembering(opened.face, memory),
  plate: remembering(opened.plate, memory),
  secondFace: remembering(opened.secondFace, memory),
}
const total = { objectFrames: 0, open: 0, runs: [0, 0], pixels: [0, 0], masks: [0, 0] }
for (const clip of CLIPS.filter(({ name }) => values.clip === undefined || name === values.clip)) {
  const path = cutClip(clip, 'bench-out/clips')
  const every = await watch(path, everyFrame, models)
  const some = await watch(path, USUAL_LOOKS, models)
  const { objectFrames, open } = hiddenShare(every, some)
  const masks = [every, some].map(({ frames }) =>
    frames.reduce((sum, { detections }) => sum + detections.length, 0),
  )
  total.objectFrames += objectFrames
  total.open += open.length
  for (const [i, watched] of [every, some].entries()) {
    total.runs[i] = (total.runs[i] ?? 0) + watched.runs
    total.pixels[i] = (total.pixels[i] ?? 0) + watched.pixels
    total.masks[i] = (total.masks[i] ?? 0) + (masks[i] ?? 0)
  }
  console.log(
    `${clip.name}: ${every.frames.length} frames, runs ${every.runs} to ${some.runs}, pixels ${(every.pixels / some.pixels).toFixed(2)} times fewer; ${open.length} of ${objectFrames} open; masks ${masks.join(' to ')}`,
  )
  if (values.list) for (const line of open) console.log(`  ${line}`)
}
const ratio = (of: readonly number[]): number => (of[0] ?? 0) / (of[1] ?? 1)
console.log(
  `P5 ratio=${ratio(total.runs).toFixed(2)} target>=3 pixels_ratio=${ratio(total.pixels).toFixed(2)} hidden=${(1 - total.open / Math.max(1, total.objectFrames)).toFixed(4)} target>=0.995 object_frames=${total.objectFrames} masks=${total.masks.join('->')}`,
)
