// Writes down the one atomic step with which a task ends: its entry, its job's count and the credits it moves.
import { creditMoves } from '#schemas/credit-moves.ts'
import {
  attemptedKey,
  type Decision,
  decisionKey,
  filmPartsKey,
  type Settled,
  settledCounter,
  settledKey,
  taskCancelKey,
  workerDeathsKey,
} from '#schemas/state-keys.ts'

export interface SettledTask {
  readonly jobId: string
  readonly taskId: string
  /** Held at approval, in credits. */
  readonly creditCost: number
}

/** Versions under which the decision to settle was taken; 0 for an absent entry. */
export interface SettleVersions {
  readonly decision: number
  readonly cancel: number
}

/** The part of a store's step that settling needs; structurally the same as the runtime's. */
export interface SettleStep {
  readonly checks: readonly { readonly key: string; readonly version: number }[]
  readonly puts: readonly { readonly key: string; readonly value: string }[]
  readonly deletes: readonly string[]
  readonly adds: readonly { readonly counter: string; readonly delta: number; readonly min?: number }[]
}

/** Holds only while nothing that it was decided on has changed. */
export function settleStep(
  task: SettledTask,
  how: Settled,
  from: { readonly decision: Decision; readonly versions: SettleVersions },
): SettleStep {
  return {
    checks: [
      { key: decisionKey(task.jobId), version: from.versions.decision },
      { key: taskCancelKey(task.taskId), version: from.versions.cancel },
      { key: settledKey(task.taskId), version: 0 },
    ],
    puts: [{ key: settledKey(task.taskId), value: JSON.stringify(how) }],
    deletes: [workerDeathsKey(task.taskId), filmPartsKey(task.taskId), attemptedKey(task.taskId)],
    adds: [
      { counter: settledCounter(task.jobId), delta: 1 },
      ...creditMoves(from.decision, task.creditCost, how),
    ],
  }
}
