// Takes one step of a film that several workers share: planning it, or making one of its parts.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RenderReport, SharedStep } from '../../worker/protocol.ts'
import type { FilmRun } from '../film-run.ts'
import { PLAN_NAME, partName } from '../pure/part-name.ts'
import { isMade, makePart } from './make-part.ts'
import { readPlan, writePlan } from './plan-file.ts'
import { alongFilm, isOurs, planFilm } from './plan-film.ts'

/**
 * Undefined where the film is to be planned and is not cut into that many parts: then it is worked on as any other.
 * @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED @throws the signal's reason
 */
export async function sharedStep(
  run: FilmRun,
  at: { readonly folder: string; readonly step: SharedStep },
  signal: AbortSignal,
): Promise<RenderReport | undefined> {
  const planPath = join(at.folder, PLAN_NAME)
  if (at.step.do === 'part')
    return reportOf(run, await onePart(run, { ...at, planPath, index: at.step.index }, signal))
  mkdirSync(at.folder, { recursive: true })
  const plan = planFilm(run, planPath)
  if (plan === undefined || 'why' in plan) return undefined
  writePlan(planPath, plan)
  if (plan.parts.length < at.step.leastParts) return undefined
  return reportOf(run, { frames: 0, shared: { planned: plan.parts.length } })
}

async function onePart(
  run: FilmRun,
  { folder, planPath, index }: { folder: string; planPath: string; index: number },
  signal: AbortSignal,
): Promise<Pick<RenderReport, 'frames' | 'shared'>> {
  const plan = readPlan(planPath)
  const part = plan?.parts[index]
  if (!plan || !part || !isOurs(run, plan)) return { frames: 0, shared: { part: 'not ours' } }
  const path = join(folder, partName(index))
  const { fingerprint } = plan
  if (isMade({ part, path, fingerprint })) return { frames: 0, shared: { part: 'made' } }
  const { seconds } = alongFilm(run, plan, part)
  const { frames } = await makePart(
    run,
    { part, path, fingerprint, along: { from: 0, to: 1, seconds } },
    signal,
  )
  return { frames, shared: { part: 'made' } }
}

const reportOf = (
  { task }: FilmRun,
  { frames, shared }: Pick<RenderReport, 'frames' | 'shared'>,
): RenderReport => ({ faces: 0, plates: 0, frames, outputExtension: task.extension, facts: {}, shared })
