import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  creditCounter,
  type Decision,
  decisionKey,
  type PlanEntry,
  planEntryKey,
  type Settled,
  settledCounter,
  settledKey,
  taskCancelKey,
} from '#schemas/state-keys.ts'
import { ModelStore } from './model-store.ts'
import {
  ACCOUNTS,
  type AccountId,
  type Command,
  CREDITS,
  type Done,
  JOBS,
  jobIdOf,
  run,
  TASKS,
  taskIdOf,
} from './model-world.ts'
import { play, plot } from './plots.ts'

const TASK_COST = 3
const RUNS = 10_000

/** Cheaper than `expect`: it is asked some hundred thousand times. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

function checkStore(store: ModelStore): void {
  for (const id of ACCOUNTS) checkCredits(store, id)
  for (const id of ACCOUNTS)
    for (let number = 0; number < JOBS; number += 1) checkJob(store, jobIdOf(id, number))
}

function settledOf(store: ModelStore, jobId: string): Settled[] {
  return Array.from({ length: TASKS }, (_, index) =>
    store.read<Settled>(settledKey(taskIdOf(jobId, index))),
  ).flatMap((known) => (known === undefined ? [] : [known.value]))
}

function checkCredits(store: ModelStore, id: AccountId): void {
  const granted = store.facts.filter(
    (fact) => fact.type === 'CreditsGranted' && fact.account_id === id,
  ).length
  const pot = (which: 'available' | 'held' | 'spent') => store.counter(creditCounter(id, which))
  let spent = 0
  let held = 0
  for (let number = 0; number < JOBS && CREDITS[id] !== null; number += 1) {
    const jobId = jobIdOf(id, number)
    if (store.read<Decision>(decisionKey(jobId))?.value.approved !== true) continue
    const plan = store.read<PlanEntry>(planEntryKey(jobId))?.value
    const settled = settledOf(store, jobId)
    const runnable = plan?.verdict === 'planned' ? plan.runnable_count : 0
    spent += settled.filter((how) => how === 'completed').length * TASK_COST
    held += (runnable - settled.length) * TASK_COST
  }
  must(granted <= 1, 'granted twice')
  must(pot('held') === held, `held ${pot('held')}, owed ${held}`)
  must(pot('spent') === spent, `spent ${pot('spent')}, earned ${spent}`)
  must(pot('available') >= 0, 'a negative balance')
  must(pot('available') + held + spent === granted * (CREDITS[id] ?? 0), 'credits appeared or vanished')
}

const facts = (store: ModelStore, jobId: string, type: string) =>
  store.facts.filter((fact) => fact.type === type && fact.job_id === jobId).length

function checkJob(store: ModelStore, jobId: string): void {
  const decision = store.read<Decision>(decisionKey(jobId))?.value
  const plan = store.read<PlanEntry>(planEntryKey(jobId))?.value
  const cancelled = facts(store, jobId, 'JobCancelled')
  must(facts(store, jobId, 'JobSubmitted') === (decision === undefined ? 0 : 1), 'a job without its fact')
  must(
    facts(store, jobId, 'JobApproved') === (decision?.approved === true ? 1 : 0),
    'approved without its fact',
  )
  must(store.counter(settledCounter(jobId)) === settledOf(store, jobId).length, 'settled count is wrong')
  must(decision?.approved !== true || plan?.verdict === 'planned', 'approved without a plan')
  must(
    facts(store, jobId, 'JobDeleted') === (decision?.state === 'deleted' ? 1 : 0),
    'deleted without its fact',
  )
  must(decision?.state !== 'cancelled' || cancelled === 1, 'cancelled without its fact')
  must(decision?.state !== 'open' || cancelled === 0, 'open after a cancellation')
  const cost = plan?.verdict === 'planned' ? plan.total_credit_cost : 0
  const held = decision?.approved === true && decision.metered ? cost : 0
  must((decision?.held_credits ?? 0) === held, 'held credits are not those of the plan')
  for (let index = 0; index < TASKS; index += 1) {
    const id = taskIdOf(jobId, index)
    const settled = store.read<Settled>(settledKey(id))?.value
    const stopped = store.version(taskCancelKey(id)) > 0
    must(!stopped || settled === undefined || settled === 'cancelled', 'stopped and yet done')
  }
}

/** What every client was told, against what came of it. */
function checkAnswers(store: ModelStore, done: readonly Done[]): void {
  const told = (jobId: string, say: string) => done.filter((each) => each.jobId === jobId && each.say === say)
  for (const {
    command: { do: what },
    jobId,
    say,
  } of done) {
    expect(say).not.toBe('busy')
    expect(say).not.toBe('key-reused')
    const decision = store.read<Decision>(decisionKey(jobId))?.value
    if (what === 'submit') expect(decision).toBeDefined()
    if (say === 'approved') expect(decision?.approved).toBe(true)
    if (say === 'deleted' && what === 'delete') expect(decision?.state).toBe('deleted')
    if (say === 'cancelled' && what === 'cancel') expect(decision?.state).not.toBe('open')
  }
  for (const id of ACCOUNTS)
    for (let number = 0; number < JOBS; number += 1) {
      const jobId = jobIdOf(id, number)
      expect(told(jobId, 'approved').length).toBeLessThanOrEqual(1)
      const deletions = told(jobId, 'deleted').filter((each) => each.command.do === 'delete')
      expect(deletions.length).toBeLessThanOrEqual(1)
    }
  const ids = store.facts.map((fact) => fact.event_id)
  expect(new Set(ids).size).toBe(ids.length)
}

test(`${RUNS} interleavings of submit, approve, cancel, delete, settle, crash and repetition lose no job, charge nothing twice and reach no illegal state`, () => {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000)
  const reached = new Map<string, number>()
  fc.assert(
    fc.property(plot, (drawn) => {
      const { store, done } = play(drawn, new ModelStore(), checkStore)
      checkAnswers(store, done)
      for (const { command: each, say } of done)
        reached.set(`${each.do}: ${say}`, (reached.get(`${each.do}: ${say}`) ?? 0) + 1)
    }),
    { numRuns: RUNS, seed },
  )
  console.log(
    `interleavings=${RUNS} seed=${seed} answers=${JSON.stringify(Object.fromEntries([...reached].sort()))}`,
  )
  const wanted = [
    'approve: approved',
    'approve: too-few-credits',
    'cancel: finished',
    'cancel: cancelled',
    'delete: deleted',
  ]
  for (const answer of [
    ...wanted,
    'settle: settled-completed',
    'settle: settled-cancelled',
    'cancel-task: cancelled',
  ])
    expect(reached.get(answer) ?? 0).toBeGreaterThan(20)
}, 120_000)

test('a cancellation that read before the last file was settled finds the job finished when it writes', () => {
  const store = new ModelStore()
  const play = (each: Command) => {
    const steps = run(store, each, 1)
    for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value.say
  }
  const about = { account: 'rich', job: 0 } as const
  for (const each of ['grant', 'submit'] as const) play({ do: each, ...about })
  play({ do: 'extract', outcome: 'planned', ...about })
  play({ do: 'approve', ...about })
  for (const index of [0, 1]) play({ do: 'settle', task: index, how: 'completed', ...about })
  const cancel = run(store, { do: 'cancel', ...about }, 1)
  cancel.next()
  expect(play({ do: 'settle', task: 2, how: 'completed', ...about })).toBe('settled-completed')
  const end = cancel.next()
  expect(end.done === true && end.value.say).toBe('finished')
})
