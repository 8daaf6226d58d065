// Sets up and takes one pass through a film or a part of it: what is looked at, what is written where, what came of it.
import { hiddenDetections } from '../pure/hiding-rules.ts'
import { openTaskSynthesizer } from '../syn/open-task-synthesizer.ts'
import { synFacts } from '../syn/pure/syn-facts.ts'
import { copyFilm } from './copy-film.ts'
import { countFinds, type FindCounts } from './count-finds.ts'
import { type DocumentHead, type DocumentWriter, writeDocument } from './document-file.ts'
import { type FilmPass, type PartToPass, type PassResult, passThroughFilm } from './film-pass.ts'
import type { FilmOutcome } from './film-report.ts'
import type { FilmRun } from './film-run.ts'
import type { Looks } from './looks.ts'
import { type LeftOut, type OpenFilm, openFilm } from './open-film.ts'
import { NOTHING_COPIED } from './pure/copied-share.ts'
import { type CopyVerdict, decideCopy, withSetId } from './pure/copy-rules.ts'
import type { VideoEncoding } from './pure/video-encoding.ts'
import { newTally, type ReadTally } from './read-film.ts'
import { type RenderOptions, renderFilm } from './render-film.ts'
import { verifyFilm } from './verify-film.ts'
import type { FilmWriter } from './write-film.ts'

export interface PassPlan {
  readonly looks: Looks
  readonly render: boolean
  /** Where the detection document is written; none where it is there already. */
  readonly documentPath?: string | undefined
  readonly part?: PartPlan | undefined
}

/** A part of the film, and who takes what becomes of it. */
export interface PartPlan {
  readonly bounds: PartToPass
  readonly packets: FilmWriter
  readonly frames: DocumentWriter
  /** False where parts did not fit: all of it is encoded then. */
  readonly fits: boolean
}

export interface PassOutcome {
  readonly passed: PassResult
  readonly tally: ReadTally
  readonly found: FindCounts
  readonly leftOut: LeftOut
  readonly soundTracks: FilmOutcome['soundTracks']
  readonly looks: Readonly<Record<string, number>>
  readonly rendered?: FilmOutcome['rendered']
  readonly synFacts?: ReturnType<typeof synFacts>
}

export interface FilmEncoding {
  readonly encoding: VideoEncoding
  readonly copying: CopyVerdict
}

/** How the film is encoded, and whether what needs no hiding is taken over. */
export function filmEncoding(run: FilmRun, film: OpenFilm): FilmEncoding {
  const { task, rules, facts, encoding, tuning } = run
  const wanted = tuning.copy && task.copy !== false
  const header = film.video.codecpar.extradata
  const decodedOn = run.decoding.on
  return { encoding, copying: decideCopy({ ...facts, wanted, rules, encoding, header, decodedOn }) }
}

/** @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED, OUTPUT_UNVERIFIED @throws {CopyDoubt} @throws the signal's reason */
export async function takePass(run: FilmRun, plan: PassPlan, signal: AbortSignal): Promise<PassOutcome> {
  const { task, rules, facts, settings, tuning, progress } = run
  const { part } = plan
  const synthesizer = await openTaskSynthesizer(task, run.models.syn)
  using film = openFilm(task.inputPath, rules)
  const { encoding, copying } = filmEncoding(run, film)
  const rendering: RenderOptions = {
    path: task.outputPath,
    ...{ rules, facts, encoding, threads: tuning.threads, gpu: tuning.gpu?.cuda, synthesizer },
    source: settings.sound && !part ? film : { ...film, audio: [] },
    maskBlur: settings.maskBlur,
    style: settings.style,
    createWriter: part && (() => part.packets),
  }
  const copies = plan.render && copying.copy && part?.fits !== false
  using copier = copies ? copyFilm(rendering, copying) : undefined
  using encoder =
    plan.render && !copier
      ? renderFilm(
          // Beside parts that are taken over its parameter sets need an id of their own here too.
          part && copying.copy ? { ...rendering, encoding: withSetId(encoding, copying.setId) } : rendering,
        )
      : undefined
  const renderer = copier ?? encoder
  await using document =
    plan.documentPath === undefined ? undefined : writeDocument(plan.documentPath, documentHead(run))
  const tally = newTally()
  const found = countFinds()
  const pass: FilmPass = {
    ...{ film, facts, rules, looks: plan.looks, renderer, tally, threads: tuning.threads },
    gpu: run.decoding.on === 'cuda' ? tuning.gpu?.cuda : undefined,
    document: document ?? part?.frames,
    hiddenOf: (frame) => ({
      ...frame,
      detections: hiddenDetections(frame.detections, facts.displayed, settings.rules),
    }),
    sound: settings.sound,
    part: part?.bounds,
    onPicture: (at) => progress.at(at, tally.bytes, tally.pictures),
    onTold: found.count,
  }
  const passed = await passThroughFilm(pass, signal)
  await document?.finish()
  const written = renderer?.finish()
  if (renderer && written && !part) {
    renderer[Symbol.dispose]()
    verifyFilm(task.outputPath, rules, written)
  }
  const own = part && { from: passed.firstOwn, to: passed.firstOwn + passed.pictures }
  return {
    ...{ passed, tally, found: found.totals(), leftOut: film.leftOut, looks: plan.looks.counts(own) },
    soundTracks: { found: film.audio.length, kept: settings.sound ? film.audio.length : 0 },
    ...(renderer && written
      ? {
          rendered: {
            encoding,
            resized: renderer.resized,
            movedSound: written.movedSound,
            copied: copying.copy ? (copier?.copied ?? NOTHING_COPIED) : { why: copying.why },
          },
        }
      : {}),
    ...(synthesizer ? { synFacts: synFacts(synthesizer.counts) } : {}),
  }
}

export const documentHead = ({ facts, settings, models }: FilmRun): DocumentHead => ({
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
