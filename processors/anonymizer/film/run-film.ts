// Takes a film through one pass or two: looking, writing the document, hiding, writing the film, checking what was written.
import { hiddenDetections } from '../pure/hiding-rules.ts'
import { openTaskSynthesizer } from '../syn/open-task-synthesizer.ts'
import { synFacts } from '../syn/pure/syn-facts.ts'
import type { MediaTask, RenderReport } from '../worker/protocol.ts'
import { CopyDoubt } from './copy-doubt.ts'
import { copyFilm } from './copy-film.ts'
import { countFinds } from './count-finds.ts'
import { type DocumentHead, type DocumentReader, readDocument, writeDocument } from './document-file.ts'
import { documentLooks } from './document-looks.ts'
import { type FilmModels, filmLooks, type LookRules } from './film-looks.ts'
import { type FilmPass, passThroughFilm } from './film-pass.ts'
import type { FilmProgress } from './film-progress.ts'
import { filmReport } from './film-report.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { Looks } from './looks.ts'
import { openFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import { decideCopy } from './pure/copy-rules.ts'
import type { FilmSettings } from './pure/film-settings.ts'
import { pixelLayout, workingFormat } from './pure/pixel-layout.ts'
import { type EncodingQuality, videoEncoding } from './pure/video-encoding.ts'
import { newTally } from './read-film.ts'
import { type FilmRenderer, renderFilm } from './render-film.ts'
import { verifyFilm } from './verify-film.ts'
import type { WrittenFilm } from './write-film.ts'

/** What may differ from one machine or measurement to another. */
export interface FilmTuning {
  readonly looks: LookRules
  readonly quality: EncodingQuality
  /** Threads of decoder and encoder, each. */
  readonly threads: number
  /** Groups of pictures without anything to hide are taken over as they are where that is safe. */
  readonly copy: boolean
  /** Pictures waiting for their detections may take so many bytes; beyond it the film is decoded twice. */
  readonly windowBytes: number
}

export interface FilmRun {
  readonly task: MediaTask
  readonly rules: ContainerRules
  readonly settings: FilmSettings
  readonly facts: FilmFacts
  readonly models: FilmModels
  readonly progress: FilmProgress
  readonly tuning: FilmTuning
}

/** Takes over what need not be encoded; encodes the film whole where its parts turn out not to fit. */
export async function runFilm(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  try {
    return await lookAndHide(run, signal)
  } catch (error) {
    if (!(error instanceof CopyDoubt)) throw error
    const report = await lookAndHide({ ...run, tuning: { ...run.tuning, copy: false } }, signal)
    return { ...report, facts: { ...report.facts, not_copied: 'parts do not fit' } }
  }
}

/** One decode where the waiting pictures fit into memory, else one to look and one to hide. */
async function lookAndHide(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  const { task, facts, tuning } = run
  if (task.givenDocumentPath !== undefined) return renderDocument(run, task.givenDocumentPath, signal)
  using looks = filmLooks(facts, run.settings, run.models, tuning.looks)
  const render = task.until === 'rendered'
  const fits = looks.longestDelay * pictureBytes(facts) <= tuning.windowBytes
  run.progress.pass(0, render && !fits ? LOOKING_PART : 1)
  const report = await onePass(run, { looks, render: render && fits, document: true }, signal)
  if (!render || fits) return report
  run.progress.pass(LOOKING_PART, 1)
  const hidden = await renderDocument(run, task.documentPath, signal)
  return { ...hidden, facts: { ...report.facts, ...hidden.facts, decoded_twice: true } }
}

/** Share of the work that looking is where the film is decoded twice. */
const LOOKING_PART = 0.8

async function renderDocument(run: FilmRun, path: string, signal: AbortSignal): Promise<RenderReport> {
  await using reader: DocumentReader = await readDocument(path)
  using looks = documentLooks(reader, run.facts)
  return onePass(run, { looks, render: run.task.until === 'rendered', document: false }, signal)
}

/** Bytes of a decoded picture: three planes at most, as if none were halved where that is not known. */
function pictureBytes({ stored, pixelFormat }: FilmFacts): number {
  const layout = pixelLayout(workingFormat(pixelFormat))
  if (!layout) return stored.width * stored.height * 6
  const samples = layout.planes.reduce((sum, plane) => sum + 1 / (1 << (plane.xShift + plane.yShift)), 0)
  return stored.width * stored.height * samples * (layout.bits > 8 ? 2 : 1)
}

interface PassPlan {
  readonly looks: Looks
  readonly render: boolean
  readonly document: boolean
}

async function onePass(run: FilmRun, plan: PassPlan, signal: AbortSignal): Promise<RenderReport> {
  const { task, rules, facts, settings, tuning, progress } = run
  const synthesizer = await openTaskSynthesizer(task, run.models.syn)
  using film = openFilm(task.inputPath, rules)
  const encoding = videoEncoding(
    rules,
    { format: workingFormat(facts.pixelFormat), ...facts.stored, ...facts },
    tuning.quality,
  )
  const path = task.outputPath
  const { threads } = tuning
  const rendering = {
    ...{ path, rules, facts, encoding, threads, synthesizer },
    source: settings.sound ? film : { ...film, audio: [] },
    maskBlur: settings.maskBlur,
    style: settings.style,
  }
  const copying = decideCopy({
    ...facts,
    wanted: tuning.copy && task.copy !== false,
    rules,
    encoding,
    header: film.video.codecpar.extradata,
  })
  using copier = plan.render && copying.copy ? copyFilm(rendering, copying) : undefined
  using encoder = plan.render && !copier ? renderFilm(rendering) : undefined
  const renderer = copier ?? encoder
  await using document = plan.document ? writeDocument(task.documentPath, headOf(run)) : undefined
  const tally = newTally()
  const found = countFinds()
  const pass: FilmPass = {
    film,
    facts,
    rules,
    looks: plan.looks,
    renderer,
    document,
    hiddenOf: (frame) => ({
      ...frame,
      detections: hiddenDetections(frame.detections, facts.displayed, settings.rules),
    }),
    tally,
    threads,
    sound: settings.sound,
    onPicture: (at) => progress.at(at, tally.bytes, tally.pictures),
    onTold: found.count,
  }
  const { repairedTimes } = await passThroughFilm(pass, signal)
  await document?.finish()
  const written = renderer?.finish()
  if (renderer && written) finishFilm(run, renderer, written)
  const report = filmReport({
    extension: task.extension,
    facts,
    leftOut: film.leftOut,
    soundTracks: { found: film.audio.length, kept: settings.sound ? film.audio.length : 0 },
    tally,
    ...found.totals(),
    repairedTimes,
    looks: plan.looks.counts(),
    ...(renderer && written
      ? {
          rendered: {
            encoding,
            resized: renderer.resized,
            movedSound: written.movedSound,
            copied: copying.copy ? { frames: copier?.copied ?? 0 } : { why: copying.why },
          },
        }
      : {}),
  })
  return synthesizer ? { ...report, facts: { ...report.facts, ...synFacts(synthesizer.counts) } } : report
}

function finishFilm({ task, rules }: FilmRun, renderer: FilmRenderer, written: WrittenFilm): void {
  renderer[Symbol.dispose]()
  verifyFilm(task.outputPath, rules, written)
}

const headOf = ({ facts, settings, models }: FilmRun): DocumentHead => ({
  version: 1,
  kind: 'film',
  ...facts.displayed,
  rotation: facts.rotation,
  timeBase: [facts.timeBase.num, facts.timeBase.den],
  models: [settings.faces ? models.face : undefined, settings.plates ? models.plate : undefined].flatMap(
    (detector) => (detector ? [{ id: detector.modelId, sha256: detector.modelSha256 }] : []),
  ),
  thresholds: { face: settings.faceThreshold, plate: settings.plateThreshold },
})
