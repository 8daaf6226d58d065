// Folds what becomes of the parts of a shared film, whoever makes them: each part is made once, and the film has one next step.
import type { FilmShare } from '#schemas/state-keys.ts'
import { decideDeath } from './settle-decision.ts'

type Stored = FilmShare['plan']

/** What is to be written; or nothing, and why. */
export type ShareChange =
  | { readonly do: 'put'; readonly share: FilmShare }
  /** `over`: nobody waits for this part any more. `known`: somebody else has told it. */
  | { readonly do: 'nothing'; readonly why: 'over' | 'known' }

/** A part of one plan; a plan with another content is another film. */
export interface PlannedPart {
  readonly planSha256: string
  readonly part: number
}

/** An attempt at the film begins: what was made by the same plan stays, what was made by another is forgotten. */
export function planned(
  known: FilmShare | undefined,
  plan: { readonly stored: Stored; readonly parts: number },
): FilmShare {
  if (known && known.plan.sha256 === plan.stored.sha256 && known.parts === plan.parts) return known
  return { plan: plan.stored, parts: plan.parts, done: {}, deaths: {}, failed: null }
}

function changed(
  known: FilmShare | undefined,
  at: PlannedPart,
  change: (share: FilmShare) => Partial<FilmShare>,
): ShareChange {
  const isOver = !known || known.plan.sha256 !== at.planSha256 || at.part >= known.parts
  if (isOver || known.failed) return { do: 'nothing', why: 'over' }
  if (known.done[at.part]) return { do: 'nothing', why: 'known' }
  return { do: 'put', share: { ...known, ...change(known) } }
}

/** A part was made and stored. Its deaths are forgotten. */
export const partMade = (known: FilmShare | undefined, at: PlannedPart, stored: Stored): ShareChange =>
  changed(known, at, ({ done, deaths }) => {
    const { [at.part]: _, ...others } = deaths
    return { done: { ...done, [at.part]: stored }, deaths: others }
  })

/** A part cannot be made: the film fails, with the first code that was told. */
export const partFailed = (
  known: FilmShare | undefined,
  at: PlannedPart,
  failed: { readonly code: string; readonly detail: string },
): ShareChange => changed(known, at, () => ({ failed: { code: failed.code, detail: failed.detail } }))

/** So many media workers have died of a part, the last one in this way. After as many as a task may cost, the film fails. */
export const partKilledWorkers = (
  known: FilmShare | undefined,
  at: PlannedPart,
  { deaths: count, code }: { readonly deaths: number; readonly code: string },
): ShareChange =>
  changed(known, at, ({ deaths }) => {
    const told = { deaths: { ...deaths, [at.part]: { deaths: count, last_code: code } } }
    const verdict = decideDeath(count, code)
    return verdict.do === 'settle' && verdict.ending.how === 'failed'
      ? { ...told, failed: { code: verdict.ending.code, detail: verdict.ending.detail } }
      : told
  })

export type ShareStep =
  | { readonly do: 'make'; readonly parts: readonly number[] }
  | { readonly do: 'join' }
  | { readonly do: 'fail'; readonly code: string; readonly detail: string }

/** What is to be done with the film; parts to make begin with `first` and go round. */
export function shareStep(share: FilmShare, first = 0): ShareStep {
  if (share.failed) return { do: 'fail', ...share.failed }
  const order = Array.from({ length: share.parts }, (_, i) => (first + i) % share.parts)
  const parts = order.filter((part) => !share.done[part])
  return parts.length === 0 ? { do: 'join' } : { do: 'make', parts }
}
