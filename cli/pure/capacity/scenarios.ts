// The runs of the simulation that show where the design stops scaling: 1, 10 and 100 nodes, and pods that come when they are needed.
import { FILM_TASKS, PICTURE_TASKS } from '#schemas/topics.ts'
import type { Figures } from './figures.ts'
import { pathLimits } from './path-limits.ts'
import { type NodeKind, pictureCpuMs, planCapacity } from './plan.ts'
import { type Outcome, type Scenario, simulate } from './simulate.ts'

export type QueueKind = 'films' | 'pictures'
export interface ScaleRow {
  readonly kind: QueueKind
  readonly nodes: number
  readonly scenario: Scenario
  readonly outcome: Outcome
  /** The same where any free pod takes any task. */
  readonly pooled: Outcome
  /** What held it back, found by taking it away; empty where nothing did. */
  readonly heldBy: readonly string[]
}
export interface ScalingRow {
  readonly startSeconds: number
  readonly outcome: Outcome
}

const SEED = 8
/** Of what the pods could do together. */
const OFFERED = 0.8
const FILM_MINUTES = 20
const FPS = 25
/** Half a part of a long film, a minute, is done again on average when a task changes hands. */
const PART_SECONDS = 60
/** A task waits for its own pod while another one is free. */
const OWN_QUEUES = 'a queue for each pod'
const NO_LIMIT = Number.POSITIVE_INFINITY

function filmSecondsOn(node: NodeKind, f: Figures): { film: number; lost: number } {
  const day = { filmHours: 1, pictures: 0, fps: FPS, copied: 0, filmMinutes: FILM_MINUTES, busyHours: 24 }
  const { filmSeconds, timesRealTime } = planCapacity(day, node, f)
  return { film: filmSeconds, lost: PART_SECONDS / 2 / timesRealTime }
}

/** One pod on each node; films one at a time on all cores, pictures one on each core. */
export function scenarioOf(kind: QueueKind, nodes: number, node: NodeKind, f: Figures): Scenario {
  const shared = { pods: nodes, seed: SEED, sharedTasksASecond: pathLimits(f)[0]?.tasksASecond ?? NO_LIMIT }
  if (kind === 'films') {
    const { film, lost } = filmSecondsOn(node, f)
    return {
      ...{ ...shared, partitions: FILM_TASKS.partitions, slotsPerPod: 1, taskSeconds: film },
      ...{
        arrivals: (OFFERED * nodes) / film,
        lostSeconds: lost,
        seconds: 60 * film,
        stepSeconds: film / 50,
      },
    }
  }
  const picture = pictureCpuMs(f, node.gpu) / 1_000
  const arrivals = (OFFERED * nodes * node.cores) / picture
  return {
    ...{ ...shared, partitions: PICTURE_TASKS.partitions, slotsPerPod: node.cores, taskSeconds: picture },
    ...{ arrivals, lostSeconds: 0, seconds: 60 * picture, stepSeconds: picture / 6 },
  }
}

/** Held back: what came in was not done in time, or one in twenty waited for longer than two tasks take. */
const suffers = ({ arrived, waiting, wait95 }: Outcome, { taskSeconds }: Scenario): boolean =>
  waiting > 0.05 * arrived || wait95 > 2 * taskSeconds

const WITHOUT: Readonly<Record<string, (s: Scenario) => Partial<Scenario>>> = {
  partitions: (s) => ({ partitions: 16 * s.pods }),
  'the shared path': () => ({ sharedTasksASecond: NO_LIMIT }),
}

/** Leaves one limit at a time and lifts the others: where that is worse than without any, it has held the run back. */
function heldBackBy(scenario: Scenario, outcome: Outcome, pooled: Outcome): readonly string[] {
  if (!suffers(outcome, scenario)) return []
  const lifted = (kept?: string): Outcome => {
    let freed = scenario
    for (const [name, lift] of Object.entries(WITHOUT))
      if (name !== kept) freed = Object.assign({}, freed, lift(scenario))
    return simulate(freed)
  }
  const best = lifted()
  const held = Object.keys(WITHOUT).filter((name) => {
    const only = lifted(name)
    return only.done < 0.97 * best.done || only.wait95 > 2 * best.wait95 + scenario.stepSeconds
  })
  return held.length === 0 && pooled.wait95 < best.wait95 / 2 ? [OWN_QUEUES] : held
}

export function scaleRow(kind: QueueKind, nodes: number, node: NodeKind, f: Figures): ScaleRow {
  const scenario = scenarioOf(kind, nodes, node, f)
  const outcome = simulate(scenario)
  const pooled = simulate({ ...scenario, pooled: true })
  return { kind, nodes, scenario, outcome, pooled, heldBy: heldBackBy(scenario, outcome, pooled) }
}

export const scaleRows = (node: NodeKind, f: Figures): readonly ScaleRow[] =>
  (['films', 'pictures'] as const).flatMap((kind) =>
    [1, 10, 100].map((nodes) => scaleRow(kind, nodes, node, f)),
  )

/** Films for eight pods arrive while there is one; the chart's values for KEDA, and pods that start fast or slowly. */
export function scalingRows(node: NodeKind, f: Figures): readonly ScalingRow[] {
  const base = scenarioOf('films', 8, node, f)
  return [60, 600].map((startSeconds) => ({
    startSeconds,
    outcome: simulate({
      ...{ ...base, pods: 1 },
      autoscaling: {
        ...{ min: 1, max: 64, lagPerPod: 4, pollSeconds: 15, cooldownSeconds: 600 },
        startSeconds,
      },
    }),
  }))
}
