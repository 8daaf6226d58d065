// Looks at a film or a part of it and hides what was found: in one pass, or in one to look and one to hide.
import { type DocumentReader, readDocument } from './document-file.ts'
import { documentLooks } from './document-looks.ts'
import { filmLooks } from './film-looks.ts'
import type { FilmRun } from './film-run.ts'
import type { FilmFacts } from './inspect-film.ts'
import { pixelLayout, workingFormat } from './pure/pixel-layout.ts'
import { type PartPlan, type PassOutcome, takePass } from './take-pass.ts'

export interface LookedAndHidden {
  /** Of the pass that wrote. */
  readonly outcome: PassOutcome
  /** Counts of the pass that looked. */
  readonly looks: Readonly<Record<string, number>>
  readonly decodedTwice: boolean
}

/** Share of the work that looking is where the film is decoded twice. */
const LOOKING_PART = 0.8

/** How far along the whole film this is, 0..1, and how long it takes. */
export interface Along {
  readonly from: number
  readonly to: number
  readonly seconds?: number | undefined
}

/** One decode where the waiting pictures fit into memory, else one to look and one to hide. */
export async function lookAndHide(
  run: FilmRun,
  signal: AbortSignal,
  part?: PartPlan,
  along: Along = { from: 0, to: 1 },
): Promise<LookedAndHidden> {
  const { task, facts, tuning, progress } = run
  const render = task.until === 'rendered'
  if (task.givenDocumentPath !== undefined) {
    const outcome = await renderDocument(run, task.givenDocumentPath, signal)
    return { outcome, looks: outcome.looks, decodedTwice: false }
  }
  using looks = filmLooks(facts, run.settings, run.models, tuning.looks)
  const fits = looks.longestDelay * pictureBytes(facts) <= tuning.windowBytes
  const middle = render && !fits ? along.from + LOOKING_PART * (along.to - along.from) : along.to
  progress.pass(along.from, middle, along.seconds)
  const { documentPath } = task
  run.onStage?.(render && fits ? 'detect and render' : 'detect')
  const first = await takePass(
    run,
    fits || !render
      ? { looks, render, ...(part ? { part } : { documentPath }) }
      : { looks, render: false, documentPath, part },
    signal,
  )
  if (!render || fits) return { outcome: first, looks: first.looks, decodedTwice: false }
  progress.pass(middle, along.to, along.seconds)
  const outcome = await renderDocument(run, documentPath, signal, part)
  return { outcome, looks: first.looks, decodedTwice: true }
}

async function renderDocument(
  run: FilmRun,
  path: string,
  signal: AbortSignal,
  part?: PartPlan,
): Promise<PassOutcome> {
  if (run.task.until === 'rendered') run.onStage?.('render')
  await using reader: DocumentReader = await readDocument(path)
  using looks = documentLooks(reader, run.facts)
  // Awaited here: what is used is given back when this returns.
  return await takePass(run, { looks, render: run.task.until === 'rendered', part }, signal)
}

/** Bytes of a decoded picture: three planes at most, as if none were halved where that is not known. */
function pictureBytes({ stored, pixelFormat }: FilmFacts): number {
  const layout = pixelLayout(workingFormat(pixelFormat))
  if (!layout) return stored.width * stored.height * 6
  const samples = layout.planes.reduce((sum, plane) => sum + 1 / (1 << (plane.xShift + plane.yShift)), 0)
  return stored.width * stored.height * samples * (layout.bits > 8 ? 2 : 1)
}
