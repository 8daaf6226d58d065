// Replays facts as the steps that once decided them, so that a lost decision store and its ledger come out the same.
import { creditMoves } from '#schemas/credit-moves.ts'
import type { Event, EventOf } from '#schemas/events/event-types.ts'
import { taskId } from '#schemas/ids.ts'
import {
  attemptedKey,
  creditCounter,
  type Decision,
  decisionKey,
  grantKey,
  outcomeKey,
  type PlanEntry,
  packedKey,
  planEntryKey,
  type Settled,
  settledCounter,
  settledKey,
  taskCancelKey,
  taskJobKey,
} from '#schemas/state-keys.ts'
import { isTerminalFact, outcomeOf, type TerminalFact } from '#schemas/task-outcome.ts'

/** The part of a store's step that a fact stands for; structurally the same as the runtime's. */
export interface RebuiltStep {
  readonly checks?: readonly { readonly key: string; readonly version: number }[]
  readonly puts?: readonly { readonly key: string; readonly value: string }[]
  readonly deletes?: readonly string[]
  readonly adds?: readonly { readonly counter: string; readonly delta: number }[]
}

const SETTLED: Readonly<Record<TerminalFact['type'], Settled>> = {
  TaskCompleted: 'completed',
  TaskFailed: 'failed',
  TaskCancelled: 'cancelled',
}
/** Refused by the store when the entry is there: a fact that came twice counts once. */
const once = (key: string, value: unknown) => ({
  checks: [{ key, version: 0 }],
  puts: [{ key, value: JSON.stringify(value) }],
})

const submitted = (event: EventOf<'JobSubmitted'>, granted: ReadonlySet<string>): Decision => ({
  account_id: event.account_id,
  state: 'open',
  needs_approval: event.data.needs_approval,
  approved: false,
  // Facts of before the field was there: accounts with a grant are those that are metered.
  metered: event.data.metered ?? granted.has(event.account_id),
  held_credits: 0,
  input_file: event.data.input_file,
  input_kind: event.data.input_kind,
  model: event.data.model,
  created_at_ms: event.occurred_at_ms,
})

/** The decision after one more fact about it; a fact that came before changes nothing. */
export function decided(known: Decision, event: Event): Decision {
  if (event.type === 'JobApproved') return { ...known, approved: true, held_credits: event.data.held_credits }
  if (event.type === 'JobDeleted') return { ...known, state: 'deleted' }
  if (event.type === 'JobCancelled' && known.state === 'open') return { ...known, state: 'cancelled' }
  return known
}

function decisionStep(jobId: string, decision: Decision): RebuiltStep {
  const { account_id, held_credits, approved, metered, input_kind } = decision
  const step = once(decisionKey(jobId), decision)
  const single =
    input_kind === 'archive' ? [] : [{ key: taskJobKey(taskId(jobId, 0)), value: JSON.stringify(jobId) }]
  const holds = approved && metered && held_credits > 0
  return {
    ...step,
    puts: [...step.puts, ...single],
    adds: holds
      ? [
          { counter: creditCounter(account_id, 'available'), delta: -held_credits },
          { counter: creditCounter(account_id, 'held'), delta: held_credits },
        ]
      : [],
  }
}

function grantStep({ account_id, data }: EventOf<'CreditsGranted'>): RebuiltStep {
  const { grant_id, credits } = data
  return {
    ...once(grantKey(grant_id), { account_id, credits }),
    adds: [{ counter: creditCounter(account_id, 'available'), delta: credits }],
  }
}

function settleStep(event: TerminalFact, decision: Decision): RebuiltStep {
  const { task_id } = event.data
  const how = SETTLED[event.type]
  const cost = event.data.credit_cost
  const step = once(settledKey(task_id), how)
  const packing = decision.input_kind === 'archive' && decision.state === 'open'
  return {
    ...step,
    puts: packing
      ? [...step.puts, { key: outcomeKey(task_id), value: JSON.stringify(outcomeOf(event)) }]
      : step.puts,
    deletes: [attemptedKey(task_id)],
    adds: [
      { counter: settledCounter(event.job_id), delta: 1 },
      ...creditMoves(decision, cost, how).map(({ counter, delta }) => ({ counter, delta })),
    ],
  }
}

/** Whoever settled it already has swept; a task that comes again after that is only looked at. */
const attemptedStep = ({ data: { task_id, attempt } }: EventOf<'TaskStarted'>): RebuiltStep => ({
  checks: [{ key: settledKey(task_id), version: 0 }],
  puts: [{ key: attemptedKey(task_id), value: JSON.stringify(attempt) }],
})

function planOf({ data }: EventOf<'JobExtracted'>, refused: number): PlanEntry {
  return {
    verdict: 'planned',
    task_count: data.task_count,
    runnable_count: data.task_count - refused,
    total_credit_cost: data.total_credit_cost,
    archive_format: data.archive_format as 'zip' | '7z' | 'rar' | null,
  }
}

/**
 * Takes all facts of the credits, then of the jobs, then of the outcomes; `endOfJobs` is to be called between the last
 * two. Holds one decision per job in memory, and the refused files of jobs whose plan has not come yet.
 */
export function decisionRebuild() {
  const granted = new Set<string>()
  const jobs = new Map<string, Decision>()
  const refused = new Map<string, Set<string>>()
  let highestToken = 0

  function planned(event: EventOf<'TaskPlanned'>): RebuiltStep[] {
    if (event.data.refused_code === null) return []
    const tasks = refused.get(event.job_id) ?? new Set()
    refused.set(event.job_id, tasks.add(event.data.task_id))
    return []
  }
  function extracted(event: EventOf<'JobExtracted'>): RebuiltStep[] {
    const plan = planOf(event, refused.get(event.job_id)?.size ?? 0)
    refused.delete(event.job_id)
    return [once(planEntryKey(event.job_id), plan)]
  }
  function ofJobs(event: Event): RebuiltStep[] {
    if (event.type === 'CreditsGranted') {
      granted.add(event.account_id)
      return [grantStep(event)]
    }
    if (event.type === 'TaskCancelRequested') {
      const key = taskCancelKey(event.data.task_id)
      return [once(key, event.job_id)]
    }
    const known = jobs.get(event.job_id)
    if (known !== undefined) jobs.set(event.job_id, decided(known, event))
    else if (event.type === 'JobSubmitted') jobs.set(event.job_id, submitted(event, granted))
    return []
  }
  function ofOutcomes(event: Event): RebuiltStep[] {
    const decision = jobs.get(event.job_id)
    if (decision === undefined) return []
    if ('attempt' in event.data) highestToken = Math.max(highestToken, event.data.attempt)
    if (isTerminalFact(event)) return [settleStep(event, decision)]
    if (event.type === 'TaskStarted') return [attemptedStep(event)]
    if (event.type === 'TaskPlanned') return planned(event)
    if (event.type === 'JobExtracted') return extracted(event)
    if (event.type === 'JobRefused')
      return [once(planEntryKey(event.job_id), { verdict: 'refused', ...event.data })]
    if (event.type === 'JobPacked') return [once(packedKey(event.job_id), event.data.output_sha256)]
    return []
  }
  return {
    ofJobs,
    *endOfJobs(): Generator<RebuiltStep> {
      for (const [jobId, decision] of jobs) yield decisionStep(jobId, decision)
    },
    ofOutcomes,
    /** Of all attempts that the facts tell of. */
    highestToken: () => highestToken,
  }
}
export type DecisionRebuild = ReturnType<typeof decisionRebuild>
