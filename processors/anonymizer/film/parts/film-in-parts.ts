// Works on a long film part by part; a part that lies finished in the task's folder is taken as it is.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RenderReport } from '../../worker/protocol.ts'
import { CopyDoubt } from '../copy-doubt.ts'
import { filmReport } from '../film-report.ts'
import type { FilmRun } from '../film-run.ts'
import { openFilm } from '../open-film.ts'
import { copiedInAll } from '../pure/copied-share.ts'
import { PLAN_NAME, partName } from '../pure/part-name.ts'
import { filmEncoding } from '../take-pass.ts'
import { joinParts } from './join-parts.ts'
import { isMade, makePart } from './make-part.ts'
import type { PartFacts } from './part-file.ts'
import type { FilmPlan } from './plan-file.ts'
import { alongFilm, type NotParted, planFilm } from './plan-film.ts'

/**
 * The report; or why the film is not worked on in parts, nothing having been written.
 * @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED, OUTPUT_UNVERIFIED @throws the signal's reason
 */
export async function filmInParts(
  run: FilmRun,
  folder: string,
  signal: AbortSignal,
): Promise<RenderReport | NotParted | undefined> {
  const plan = planFilm(run, join(folder, PLAN_NAME))
  if (plan === undefined || 'why' in plan) return plan
  try {
    return await partByPart(run, folder, plan, signal)
  } catch (error) {
    if (error instanceof CopyDoubt) return { why: 'parts do not fit' }
    throw error
  }
}

async function partByPart(
  run: FilmRun,
  folder: string,
  plan: FilmPlan,
  signal: AbortSignal,
): Promise<RenderReport> {
  mkdirSync(folder, { recursive: true })
  const { fingerprint, parts } = plan
  let taken = 0
  for (const part of parts) {
    const path = join(folder, partName(part.index))
    if (isMade({ part, path, fingerprint })) taken++
    else {
      await makePart(run, { part, path, fingerprint, along: alongFilm(run, plan, part) }, signal)
      run.onPart?.(partName(part.index))
    }
  }
  return await joined(run, { folder, plan, taken }, signal)
}

interface FinishedParts {
  readonly folder: string
  readonly plan: FilmPlan
  /** Parts that were there already. */
  readonly taken: number
}

async function joined(run: FilmRun, done: FinishedParts, signal: AbortSignal): Promise<RenderReport> {
  const { folder, plan, taken } = done
  const paths = plan.parts.map(({ index }) => join(folder, partName(index)))
  run.onStage?.('join parts')
  const { facts: each, found, movedSound } = await joinParts(run, paths, signal)
  using film = openFilm(run.task.inputPath, run.rules)
  const { encoding, copying } = filmEncoding(run, film)
  const sum = (of: (part: PartFacts) => number): number => each.reduce((total, part) => total + of(part), 0)
  const misfits = each.filter(({ fits }) => !fits).length
  const report = filmReport({
    ...{ extension: run.task.extension, facts: run.facts, leftOut: film.leftOut, ...found },
    soundTracks: { found: film.audio.length, kept: run.settings.sound ? film.audio.length : 0 },
    tally: {
      ...plan.tally,
      pictures: sum(({ pictures }) => pictures),
      damagedPictures: sum(({ damagedPictures }) => damagedPictures),
      refusedPackets: sum(({ refusedPackets }) => refusedPackets),
    },
    repairedTimes: sum(({ repairedTimes }) => repairedTimes),
    looks: summed(each.map(({ looks }) => looks)),
    rendered: {
      ...{ encoding, movedSound, resized: sum(({ resized }) => resized) },
      copied: copying.copy ? copiedInAll(each.map(({ copied }) => copied)) : { why: copying.why },
    },
  })
  const more = {
    parts: plan.parts.length,
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
