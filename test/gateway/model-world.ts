// Everybody who decides about jobs, as generators that pause between reading and writing: a scheduler interleaves them.
import { decideSettle } from '#anonymizer/pure/settle-decision.ts'
import { settleStep } from '#anonymizer/pure/settle-step.ts'
import { decideApprove } from '#gateway/pure/decide-approve.ts'
import { decideCancelJob } from '#gateway/pure/decide-cancel-job.ts'
import { decideCancelTask } from '#gateway/pure/decide-cancel-task.ts'
import { decideDelete } from '#gateway/pure/decide-delete.ts'
import { decideGrant } from '#gateway/pure/decide-grant.ts'
import { decideSubmit, type IdempotencyEntry } from '#gateway/pure/decide-submit.ts'
import type { Verdict } from '#gateway/pure/decision-step.ts'
import { jobFinish } from '#gateway/pure/job-finish.ts'
import { idempotentJobId, taskId } from '#schemas/ids.ts'
import {
  type Decision,
  decisionKey,
  idempotencyKey,
  type PlanEntry,
  packedKey,
  planEntryKey,
  type Settled,
  settledCounter,
  settledKey,
  taskCancelKey,
} from '#schemas/state-keys.ts'
import type { ModelStore } from './model-store.ts'

export const ACCOUNTS = ['rich', 'poor', 'free'] as const
export type AccountId = (typeof ACCOUNTS)[number]
export const CREDITS: Readonly<Record<AccountId, number | null>> = { rich: 12, poor: 4, free: null }
export const JOBS = 2
export const TASKS = 3
const TASK_COST = 3

interface About {
  readonly account: AccountId
  readonly job: number
}
type Plain<D> = D extends string ? About & { readonly do: D } : never
type Client = Plain<'approve' | 'cancel' | 'delete'>
type CancelTask = About & { readonly do: 'cancel-task'; readonly task: number }
type Extract = About & {
  readonly do: 'extract'
  readonly outcome: 'planned' | 'some-refused' | 'all-refused' | 'refused'
}
type Settle = About & { readonly do: 'settle'; readonly task: number; readonly how: 'completed' | 'failed' }
export type Command = Plain<'grant' | 'submit' | 'pack'> | Client | CancelTask | Extract | Settle

/** What a command came to; `crashed` ones stop before or right after their write, without an answer. */
export interface Done {
  readonly command: Command
  readonly jobId: string
  readonly say: string
}

/** Ids are hashes; there are few of them and they are asked for often. */
const remembered = <A extends unknown[]>(make: (...of: A) => string) => {
  const known = new Map<string, string>()
  return (...of: A): string => {
    const key = of.join(' ')
    const value = known.get(key) ?? make(...of)
    known.set(key, value)
    return value
  }
}
export const jobIdOf = remembered((account: AccountId, job: number) => idempotentJobId(account, `key-${job}`))
export const taskIdOf = remembered(taskId)
export const refusedTasks = (outcome: string): number =>
  outcome === 'all-refused' ? TASKS : outcome === 'some-refused' ? 1 : 0

const MAX_ATTEMPTS = 50

/** Decides like the gateway: reads, pauses, writes, and again on a conflict. */
function* decided<A extends { say: string }>(
  store: ModelStore,
  decide: () => Verdict<A>,
): Generator<'read' | 'written', string> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const verdict = decide()
    if (verdict.do === 'answer') return verdict.answer.say
    yield 'read'
    const result = store.commit(verdict.step)
    if (result.verdict === 'done') {
      yield 'written'
      return verdict.answer.say
    }
    if (result.verdict === 'short' && verdict.ifShort !== undefined) return verdict.ifShort.say
  }
  return 'busy'
}

/** The steps of one command on a store. */
export function* run(
  store: ModelStore,
  command: Command,
  nowMs: number,
): Generator<'read' | 'written', Done> {
  const jobId = jobIdOf(command.account, command.job)
  const say = yield* stepsOf(store, command, { accountId: command.account, jobId, nowMs })
  return { command, jobId, say }
}

type Who = { readonly accountId: AccountId; readonly jobId: string; readonly nowMs: number }

function stepsOf(store: ModelStore, command: Command, who: Who): Generator<'read' | 'written', string> {
  if (command.do === 'grant') return grant(store, who)
  if (command.do === 'submit') return submit(store, who, command.job)
  if (command.do === 'extract') return extract(store, who, command.outcome)
  if (command.do === 'settle') return settle(store, who, command.task, command.how)
  if (command.do === 'pack') return pack(store, who)
  return clientDecision(store, who, command)
}

function clientDecision(
  store: ModelStore,
  who: Who,
  command: Client | CancelTask,
): Generator<'read' | 'written', string> {
  const decision = () => store.read<Decision>(decisionKey(who.jobId))
  const plan = () => store.read<PlanEntry>(planEntryKey(who.jobId))
  const settledCount = () => store.counter(settledCounter(who.jobId))
  if (command.do === 'approve')
    return decided(store, () => decideApprove({ decision: decision(), plan: plan()?.value }, who))
  if (command.do === 'cancel')
    return decided(store, () =>
      decideCancelJob({ decision: decision(), plan: plan(), settledCount: settledCount() }, who),
    )
  if (command.do === 'delete')
    return decided(store, () => decideDelete({ ...progressed(store, who.jobId), decision: decision() }, who))
  const id = taskIdOf(who.jobId, command.task)
  return decided(store, () =>
    decideCancelTask(
      {
        decision: decision(),
        plan: plan()?.value,
        refused: store.read(`refused:${id}`) !== undefined,
        settled: store.read<Settled>(settledKey(id))?.value,
        cancelRequested: store.version(taskCancelKey(id)) > 0,
      },
      { ...who, taskId: id },
    ),
  )
}

export function progressed(store: ModelStore, jobId: string) {
  const settled = Array.from({ length: TASKS }, (_, task) =>
    store.read<Settled>(settledKey(taskIdOf(jobId, task))),
  ).flatMap((known) => (known === undefined ? [] : [known.value]))
  return {
    plan: store.read<PlanEntry>(planEntryKey(jobId))?.value,
    settledCount: store.counter(settledCounter(jobId)),
    packed: store.version(packedKey(jobId)) > 0,
    settled,
  }
}

function grant(store: ModelStore, { accountId, nowMs }: Who): Generator<'read' | 'written', string> {
  const credits = CREDITS[accountId]
  if (credits === null) return decided(store, () => ({ do: 'answer', answer: { say: 'not-metered' } }))
  return decided(store, () => {
    const granted = store.facts.some(
      (fact) => fact.type === 'CreditsGranted' && fact.account_id === accountId,
    )
    return decideGrant({ granted }, { accountId, credits, nowMs })
  })
}

function submit(store: ModelStore, { accountId, jobId, nowMs }: Who, job: number) {
  return decided(store, () =>
    decideSubmit(
      {
        decision: store.read<Decision>(decisionKey(jobId)),
        idempotency: store.read<IdempotencyEntry>(idempotencyKey(accountId, `key-${job}`))?.value,
      },
      {
        accountId,
        jobId,
        nowMs,
        needsApproval: true,
        metered: CREDITS[accountId] !== null,
        idempotencyKey: `key-${job}`,
        request: {
          route: 'process_file',
          filePath: `/syntonym/jobs/${job}.zip`,
          inputKind: 'archive',
          choice: {
            model: 'syn',
            config: { enable_lp: true, syntonymize: true, lp_syntonymize: true, syn_scope: 'track' },
          },
          userTag: null,
        },
      },
      `/real/${job}.zip`,
    ),
  )
}

/** The extractor's step of docs/decisions/0001. */
function* extract(store: ModelStore, { jobId }: Who, outcome: string): Generator<'read' | 'written', string> {
  if (store.version(decisionKey(jobId)) === 0) return 'unknown'
  const refused = refusedTasks(outcome)
  const plan: PlanEntry =
    outcome === 'refused'
      ? { verdict: 'refused', code: 'ARCHIVE_UNREADABLE', detail: 'damaged' }
      : {
          verdict: 'planned',
          task_count: TASKS,
          runnable_count: TASKS - refused,
          total_credit_cost: (TASKS - refused) * TASK_COST,
          archive_format: 'zip',
        }
  yield 'read'
  const marks = Array.from({ length: refused }, (_, task) => ({
    key: `refused:${taskIdOf(jobId, task)}`,
    value: 'true',
  }))
  const result = store.commit({
    checks: [{ key: planEntryKey(jobId), version: 0 }],
    puts: [{ key: planEntryKey(jobId), value: JSON.stringify(plan) }, ...marks],
  })
  return result.verdict
}

/** The anonymizer's own decision and step; it may run an approved job's tasks only. */
function* settle(
  store: ModelStore,
  { jobId }: Who,
  task: number,
  how: 'completed' | 'failed',
): Generator<'read' | 'written', string> {
  const id = taskIdOf(jobId, task)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const decision = store.read<Decision>(decisionKey(jobId))
    const runnable =
      decision?.value.approved === true &&
      store.version(planEntryKey(jobId)) > 0 &&
      store.version(`refused:${id}`) === 0
    if (!runnable) return 'not-ready'
    const versions = { decision: decision.version, cancel: store.version(taskCancelKey(id)) }
    const state = {
      decision: decision.value,
      cancelAsked: versions.cancel > 0,
      settled: store.read<Settled>(settledKey(id))?.value,
    }
    const wanted =
      how === 'completed'
        ? ({ how } as const)
        : ({ how, code: 'MEDIA_UNREADABLE', detail: 'damaged' } as const)
    const verdict = decideSettle(state, wanted)
    if (verdict.do !== 'commit') return 'settled-before'
    yield 'read'
    const from = { decision: decision.value, versions }
    const step = settleStep({ jobId, taskId: id, creditCost: TASK_COST }, verdict.ending.how, from)
    if (store.commit(step).verdict === 'done') return `settled-${verdict.ending.how}`
  }
  return 'busy'
}

function* pack(store: ModelStore, { jobId }: Who): Generator<'read' | 'written', string> {
  if (jobFinish(progressed(store, jobId)).is !== 'packing') return 'nothing'
  yield 'read'
  return store.commit({
    checks: [{ key: packedKey(jobId), version: 0 }],
    puts: [{ key: packedKey(jobId), value: 'true' }],
  }).verdict
}
