// Says into which parts a long film is cut, and by what a part is known to belong to it; or why it is not cut.
import { createHash } from 'node:crypto'
import type { FilmRun } from '../film-run.ts'
import { type FilmPart, planParts } from '../pure/part-plan.ts'
import { isOnGpu } from '../pure/video-encoding.ts'
import { scanFilm } from '../scan-film.ts'
import { documentHead } from '../take-pass.ts'
import { type FilmPlan, readPlan } from './plan-file.ts'

/** Raised when parts are made in another way, so that old ones are not used. */
const PARTS_VERSION = 2
/** A film shorter than this many parts is worked on as a whole. */
const LEAST_PARTS = 1.5
/** Beyond the longest gap of a track: an object that comes after the seam is padded to before it. */
const MARGIN_MORE_SECONDS = 0.5

export interface NotParted {
  readonly why: string
}

/**
 * Takes the plan at `planPath` where one lies there that was made of the same film in the same way; else reads through
 * the film. Undefined for a film that is short, or whose task is not one for parts.
 * @throws {PermanentFailure} MEDIA_*
 */
export function planFilm(run: FilmRun, planPath: string): FilmPlan | NotParted | undefined {
  const { task, facts, tuning } = run
  const partSeconds = task.partSeconds ?? tuning.partSeconds
  const isLong = facts.seconds === null || facts.seconds >= LEAST_PARTS * partSeconds
  if (task.until !== 'rendered' || task.givenDocumentPath !== undefined || !isLong) return undefined
  // Who somebody is drawn as hangs on the track, which parts only learn when they are joined.
  if (task.choice.model === 'syn') return { why: 'synthetic faces' }
  // Parts of two cards need not have the same parameter sets, of which the film has one.
  if (isOnGpu(run.encoding)) return { why: 'GPU encoder' }
  const given = readPlan(planPath)
  if (given && isOurs(run, given)) return given
  const { keys, end, tally, soundClock } = scanFilm(task.inputPath, run.rules)
  if (tally.brokenOff) return { why: 'the file is damaged' }
  if (!soundClock) return { why: 'frames without times of their own' }
  const marginSeconds = tuning.looks.longestGapSeconds + MARGIN_MORE_SECONDS
  const parts = planParts({ keys, end, tick: tickOf(run) }, { partSeconds, marginSeconds })
  if (parts.length < 2) return facts.seconds === null ? undefined : { why: 'no key frames to cut at' }
  const film = { start: keys[0]?.pts ?? 0n, end, keyFrames: keys.length, tally }
  return { ...film, parts, fingerprint: fingerprintOf(run, { ...film, parts }) }
}

/** Whether a plan was made of this film with the same settings, models and tuning. */
export const isOurs = (run: FilmRun, plan: FilmPlan): boolean => plan.fingerprint === fingerprintOf(run, plan)

/** Seconds of a tick of the film's time base. */
export const tickOf = ({ facts }: FilmRun): number => facts.timeBase.num / facts.timeBase.den

function fingerprintOf(run: FilmRun, plan: Omit<FilmPlan, 'fingerprint'>): string {
  const { task, facts, tuning } = run
  const { models, thresholds } = documentHead(run)
  const { parts, end, keyFrames, tally } = plan
  // Machines differ in their threads, parts do not; what a GPU takes over changes what is copied.
  const of = {
    version: PARTS_VERSION,
    ...{ models, thresholds, choice: task.choice, copy: task.copy ?? true, parts, facts },
    tuning: { ...tuning, threads: 0, gpu: undefined },
    ...{ decodedOn: run.decoding.on, encoder: run.encoding.encoder },
    film: [end, keyFrames, tally.videoPackets],
  }
  const text = JSON.stringify(of, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  return createHash('sha256').update(text).digest('hex')
}

/** Share of the work that the parts are; the rest joins them. */
const PARTS_SHARE = 0.98

/** How far along the whole film a part is, 0..1, and how many seconds are looked at for it. */
export function alongFilm(run: FilmRun, plan: FilmPlan, part: FilmPart) {
  const tick = tickOf(run)
  const { start, end } = plan
  const at = (pts: bigint | null, other: bigint): number => Number((pts ?? other) - start) * tick
  const whole = at(null, end)
  return {
    from: (PARTS_SHARE * at(part.from, start)) / whole,
    to: (PARTS_SHARE * at(part.to, end)) / whole,
    seconds: at(part.readTo, end) - (part.index === 0 ? 0 : at(part.lookFrom, start)),
  }
}
