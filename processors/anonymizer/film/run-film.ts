// Takes a film through whatever it needs, whole or in parts, and reports what came of it.
import type { RenderReport } from '../worker/protocol.ts'
import { CopyDoubt } from './copy-doubt.ts'
import { filmReport } from './film-report.ts'
import type { FilmRun } from './film-run.ts'
import { lookAndHide } from './look-and-hide.ts'
import { filmInParts } from './parts/film-in-parts.ts'
import { sharedStep } from './parts/shared-step.ts'

/**
 * One step of a shared film where the task is one. Else in parts where the task keeps them and the film is long; else
 * takes over what need not be encoded, or encodes it whole.
 */
export async function runFilm(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  const { partsPath, shared } = run.task
  if (partsPath !== undefined && shared !== undefined) {
    const stepped = await sharedStep(run, { folder: partsPath, step: shared }, signal)
    if (stepped !== undefined) return stepped
  }
  const parted = partsPath === undefined ? undefined : await filmInParts(run, partsPath, signal)
  if (parted && 'frames' in parted) return parted
  const report = await wholeFilm(run, signal)
  return parted ? { ...report, facts: { ...report.facts, not_parted: parted.why } } : report
}

/** Where parts of the film turn out not to fit, it is begun again and encoded whole. */
async function wholeFilm(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  try {
    return await reported(run, signal)
  } catch (error) {
    if (!(error instanceof CopyDoubt)) throw error
    const report = await reported({ ...run, tuning: { ...run.tuning, copy: false } }, signal)
    return { ...report, facts: { ...report.facts, not_copied: 'parts do not fit' } }
  }
}

async function reported(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  const { outcome, looks, decodedTwice } = await lookAndHide(run, signal)
  const { passed, tally, found, leftOut, soundTracks, rendered } = outcome
  const report = filmReport({
    ...{
      extension: run.task.extension,
      facts: run.facts,
      leftOut,
      soundTracks,
      tally,
      ...found,
      looks,
      rendered,
    },
    repairedTimes: passed.repairedTimes,
  })
  const more = { ...(decodedTwice ? { decoded_twice: true } : {}), ...outcome.synFacts }
  return { ...report, facts: { ...report.facts, ...more } }
}
