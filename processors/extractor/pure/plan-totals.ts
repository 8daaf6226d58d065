// Adds up a job's plan while its lines go by.
import type { PlannedTask } from '#schemas/plan.ts'
import type { PlanTotals } from './job-facts.ts'
import { estimatedSeconds } from './price.ts'

export const NO_TASKS: PlanTotals = {
  taskCount: 0,
  runnableCount: 0,
  creditCost: 0,
  estimatedSeconds: 0,
  archiveFormat: null,
}

/** The totals with one more task. */
export function withTask(totals: PlanTotals, task: PlannedTask): PlanTotals {
  const { media_kind: mediaKind, width, height, frames, duration_seconds: durationSeconds } = task
  const runnable = task.refused === null && mediaKind !== null && width !== null && height !== null
  const seconds = runnable ? estimatedSeconds({ mediaKind, width, height, frames, durationSeconds }) : 0
  return {
    ...totals,
    taskCount: totals.taskCount + 1,
    runnableCount: totals.runnableCount + (runnable ? 1 : 0),
    creditCost: totals.creditCost + task.credit_cost,
    estimatedSeconds: totals.estimatedSeconds + seconds,
  }
}
