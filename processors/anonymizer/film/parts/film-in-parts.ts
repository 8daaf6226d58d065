// Works on a long film part by part; a part that lies finished in the task's folder is taken as it is.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RenderReport } from '../../worker/protocol.ts'
import { CopyDoubt } from '../copy-doubt.ts'
import type { PartToPass } from '../film-pass.ts'
import { filmReport } from '../film-report.ts'
import type { FilmRun } from '../film-run.ts'
import { lookAndHide } from '../look-and-hide.ts'
import { openFilm } from '../open-film.ts'
import { partName } from '../pure/part-name.ts'
import { type FilmPart, planParts } from '../pure/part-plan.ts'
import { type FilmScan, scanFilm } from '../scan-film.ts'
import { documentHead, filmEncoding } from '../take-pass.ts'
import { joinParts } from './join-parts.ts'
import { type PartFacts, readPart, writePart } from './part-file.ts'
import { partFrames, partPackets } from './part-sinks.ts'

/** Raised when parts are made in another way, so that old ones are not used. */
const PARTS_VERSION = 1
/** A film shorter than this many parts is worked on as a whole. */
const LEAST_PARTS = 1.5
/** Beyond the longest gap of a track: an object that comes after the seam is padded to before it. */
const MARGIN_MORE_SECONDS = 0.5
/** Share of the work that the parts are; the rest joins them. */
const PARTS_SHARE = 0.98

/** Containers that tell where a key frame lies. */
const SEEKING: ReadonlySet<string> = new Set(['mp4', 'mov', 'matroska', 'webm'])

type NotParted = { readonly why: string }

/**
 * The report; or why the film is not worked on in parts, nothing having been written.
 * @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED, OUTPUT_UNVERIFIED @throws the signal's reason
 */
export async function filmInParts(
  run: FilmRun,
  folder: string,
  signal: AbortSignal,
): Promise<RenderReport | NotParted | undefined> {
  const { task, facts, tuning } = run
  const partSeconds = task.partSeconds ?? tuning.partSeconds
  const isLong = facts.seconds === null || facts.seconds >= LEAST_PARTS * partSeconds
  if (task.until !== 'rendered' || task.givenDocumentPath !== undefined || !isLong) return undefined
  // Who somebody is drawn as hangs on the track, which parts only learn when they are joined.
  if (task.choice.model === 'syn') return { why: 'synthetic faces' }
  const scan = scanFilm(task.inputPath, run.rules)
  if (scan.tally.brokenOff) return { why: 'the file is damaged' }
  if (!scan.soundClock) return { why: 'frames without times of their own' }
  const tick = facts.timeBase.num / facts.timeBase.den
  const marginSeconds = tuning.looks.longestGapSeconds + MARGIN_MORE_SECONDS
  const parts = planParts({ keys: scan.keys, end: scan.end, tick }, { partSeconds, marginSeconds })
  if (parts.length < 2) return facts.seconds === null ? undefined : { why: 'no key frames to cut at' }
  try {
    return await partByPart(run, { folder, scan, parts, tick }, signal)
  } catch (error) {
    if (error instanceof CopyDoubt) return { why: 'parts do not fit' }
    throw error
  }
}

interface PlannedParts {
  readonly folder: string
  readonly scan: FilmScan
  readonly parts: readonly FilmPart[]
  readonly tick: number
}

async function partByPart(run: FilmRun, planned: PlannedParts, signal: AbortSignal): Promise<RenderReport> {
  const { folder, scan, parts, tick } = planned
  mkdirSync(folder, { recursive: true })
  const fingerprint = fingerprintOf(run, scan, parts)
  const along = alongOf(scan, tick)
  let taken = 0
  for (const part of parts) {
    const path = join(folder, partName(part.index))
    if (isFinished(path, fingerprint, part.index)) taken++
    else {
      await makePart(run, { part, path, fingerprint, along: along(part) }, signal)
      run.onPart?.(partName(part.index))
    }
  }
  return await joined(run, { folder, scan, parts, taken }, signal)
}

function fingerprintOf(run: FilmRun, scan: FilmScan, parts: readonly FilmPart[]): string {
  const { task, facts, tuning } = run
  const { models, thresholds } = documentHead(run)
  const of = {
    version: PARTS_VERSION,
    ...{ models, thresholds, choice: task.choice, copy: task.copy ?? true, tuning, parts, facts },
    film: [scan.end, scan.keys.length, scan.tally.videoPackets],
  }
  const text = JSON.stringify(of, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  return createHash('sha256').update(text).digest('hex')
}

function isFinished(path: string, fingerprint: string, index: number): boolean {
  using known = readPart(path)
  return known?.facts.fingerprint === fingerprint && known.facts.index === index
}

const alongOf = ({ keys, end }: FilmScan, tick: number) => {
  const start = keys[0]?.pts ?? 0n
  const at = (pts: bigint | null, other: bigint): number => Number((pts ?? other) - start) * tick
  const whole = at(null, end)
  return ({ index, from, to, lookFrom, readTo }: FilmPart) => ({
    from: (PARTS_SHARE * at(from, start)) / whole,
    to: (PARTS_SHARE * at(to, end)) / whole,
    seconds: at(readTo, end) - (index === 0 ? 0 : at(lookFrom, start)),
  })
}

interface PartToMake {
  readonly part: FilmPart
  readonly path: string
  readonly fingerprint: string
  readonly along: { readonly from: number; readonly to: number; readonly seconds: number }
}

async function makePart(
  run: FilmRun,
  { part, path, fingerprint, along }: PartToMake,
  signal: AbortSignal,
): Promise<void> {
  const bounds: PartToPass = { ...part, seeks: SEEKING.has(run.rules.container) }
  const once = async (fits: boolean): Promise<void> => {
    using writer = writePart(path)
    const plan = { bounds, packets: partPackets(writer), frames: partFrames(writer), fits }
    const own = { ...run, task: { ...run.task, documentPath: `${path}.json` } }
    const { outcome, looks, decodedTwice } = await lookAndHide(own, signal, plan, along)
    const { passed, tally, rendered } = outcome
    writer.finish({
      ...{ fingerprint, index: part.index, fits, decodedTwice, looks },
      ...{ firstOwn: passed.firstOwn, pictures: passed.pictures, damagedPictures: passed.damagedPictures },
      ...{ refusedPackets: tally.refusedPackets, repairedTimes: passed.repairedTimes },
      resized: rendered?.resized ?? 0,
      copied: rendered && 'frames' in rendered.copied ? rendered.copied.frames : 0,
    })
  }
  try {
    await once(true)
  } catch (error) {
    if (!(error instanceof CopyDoubt)) throw error
    await once(false)
  }
}

interface FinishedParts {
  readonly folder: string
  readonly scan: FilmScan
  readonly parts: readonly FilmPart[]
  /** Parts that were there already. */
  readonly taken: number
}

async function joined(run: FilmRun, done: FinishedParts, signal: AbortSignal): Promise<RenderReport> {
  const { folder, scan, parts, taken } = done
  const paths = parts.map(({ index }) => join(folder, partName(index)))
  const { facts: each, found, movedSound } = await joinParts(run, paths, signal)
  using film = openFilm(run.task.inputPath, run.rules)
  const { encoding, copying } = filmEncoding(run, film)
  const sum = (of: (part: PartFacts) => number): number => each.reduce((total, part) => total + of(part), 0)
  const misfits = each.filter(({ fits }) => !fits).length
  const report = filmReport({
    ...{ extension: run.task.extension, facts: run.facts, leftOut: film.leftOut, ...found },
    soundTracks: { found: film.audio.length, kept: run.settings.sound ? film.audio.length : 0 },
    tally: {
      ...scan.tally,
      pictures: sum(({ pictures }) => pictures),
      damagedPictures: sum(({ damagedPictures }) => damagedPictures),
      refusedPackets: sum(({ refusedPackets }) => refusedPackets),
    },
    repairedTimes: sum(({ repairedTimes }) => repairedTimes),
    looks: summed(each.map(({ looks }) => looks)),
    rendered: {
      ...{ encoding, movedSound, resized: sum(({ resized }) => resized) },
      copied: copying.copy ? { frames: sum(({ copied }) => copied) } : { why: copying.why },
    },
  })
  const more = {
    parts: parts.length,
    ...(taken > 0 ? { parts_taken_over: taken } : {}),
    ...(copying.copy && misfits > 0 ? { parts_encoded_whole: misfits } : {}),
    ...(each.some(({ decodedTwice }) => decodedTwice) ? { decoded_twice: true } : {}),
  }
  return { ...report, facts: { ...report.facts, ...more } }
}

function summed(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of counts)
    for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count
  return sums
}
