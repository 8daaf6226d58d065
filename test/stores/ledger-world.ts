// Gateways and workers that decide on one real store at once, with the product's own decisions and facts as JSON.
import { decideSettle } from '#anonymizer/pure/settle-decision.ts'
import { endedFact } from '#anonymizer/pure/settle-events.ts'
import { settleStep } from '#anonymizer/pure/settle-step.ts'
import { decideApprove } from '#gateway/pure/decide-approve.ts'
import { decideCancelJob } from '#gateway/pure/decide-cancel-job.ts'
import { decideGrant } from '#gateway/pure/decide-grant.ts'
import { decideSubmit } from '#gateway/pure/decide-submit.ts'
import type { Known, Verdict } from '#gateway/pure/decision-step.ts'
import { jobFact } from '#gateway/pure/job-fact.ts'
import type { StateStore, Step } from '#runtime/state/state-store.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { derivedId, taskId } from '#schemas/ids.ts'
import {
  type Decision,
  decisionKey,
  type PlanEntry,
  planEntryKey,
  type Settled,
  settledCounter,
  settledKey,
} from '#schemas/state-keys.ts'
import { CREDITS, JOBS, OUTCOMES } from '#schemas/topics.ts'

export const ACCOUNT = 'anna'
const OF_OUTCOMES: ReadonlySet<string> = new Set(OUTCOMES.events)

const topicOf = (fact: Event): string => {
  if (fact.type === 'CreditsGranted') return CREDITS.name
  return OF_OUTCOMES.has(fact.type) ? OUTCOMES.name : JOBS.name
}
const message = (fact: Event) => ({
  topic: topicOf(fact),
  key: fact.job_id,
  value: Buffer.from(JSON.stringify(fact)),
  headers: {},
})

async function known<T>(store: StateStore, key: string): Promise<Known<T> | undefined> {
  const entry = await store.get(key)
  return entry && { value: JSON.parse(entry.value) as T, version: entry.version }
}

/** One deciding process on the store. */
export function decider(store: StateStore, jobs: { readonly tasks: number; readonly cost: number }) {
  const who = (jobId: string) => ({ accountId: ACCOUNT, jobId, nowMs: 1 })
  const commit = (step: Step, facts: readonly Event[]) =>
    store.commit({ ...step, outbox: facts.map(message) })

  async function decide<A extends { say: string }>(read: () => Promise<Verdict<A>>): Promise<string> {
    for (;;) {
      const verdict = await read()
      if (verdict.do === 'answer') return verdict.answer.say
      const { facts, ...step } = verdict.step
      const result = await commit(step, facts)
      if (result.verdict === 'done') return verdict.answer.say
      if (result.verdict === 'short' && verdict.ifShort !== undefined) return verdict.ifShort.say
    }
  }
  const decision = (jobId: string) => known<Decision>(store, decisionKey(jobId))
  const plan = (jobId: string) => known<PlanEntry>(store, planEntryKey(jobId))

  return {
    grant: (credits: number, grantId: string) =>
      decide(async () => {
        const granted = (await store.get(`grant:${grantId}`)) !== undefined
        return decideGrant({ granted }, { accountId: ACCOUNT, credits, nowMs: 1, grantId })
      }),
    async submit(jobId: string): Promise<void> {
      const request = {
        route: 'process_file' as const,
        filePath: 'c.zip',
        inputKind: 'archive' as const,
        choice: {
          model: 'syn' as const,
          config: { enable_lp: true, syntonymize: true, lp_syntonymize: true, syn_scope: 'track' as const },
        },
        userTag: null,
      }
      const command = {
        ...who(jobId),
        needsApproval: true,
        metered: true,
        request,
        idempotencyKey: undefined,
      }
      await decide(async () =>
        decideSubmit({ decision: await decision(jobId), idempotency: undefined }, command, '/c.zip'),
      )
      const total = { task_count: jobs.tasks, total_credit_cost: jobs.tasks * jobs.cost }
      const entry: PlanEntry = {
        verdict: 'planned',
        runnable_count: jobs.tasks,
        archive_format: 'zip',
        ...total,
      }
      const extracted = { ...total, estimated_seconds: 1, plan_key: 'p', archive_format: 'zip' }
      await commit({ puts: [{ key: planEntryKey(jobId), value: JSON.stringify(entry) }] }, [
        jobFact('JobExtracted', who(jobId), extracted),
      ])
    },
    approve: (jobId: string) =>
      decide(async () =>
        decideApprove({ decision: await decision(jobId), plan: (await plan(jobId))?.value }, who(jobId)),
      ),
    cancel: (jobId: string) =>
      decide(async () =>
        decideCancelJob(
          {
            decision: await decision(jobId),
            plan: await plan(jobId),
            settledCount: await store.counter(settledCounter(jobId)),
          },
          who(jobId),
        ),
      ),
    async settle(jobId: string, index: number, how: 'completed' | 'failed'): Promise<string> {
      const id = taskId(jobId, index)
      for (;;) {
        const about = await decision(jobId)
        if (about?.value.approved !== true) return 'not-approved'
        const settled = (await known<Settled>(store, settledKey(id)))?.value
        const wanted =
          how === 'completed' ? ({ how } as const) : ({ how, code: 'MEDIA_UNREADABLE', detail: '' } as const)
        const verdict = decideSettle({ decision: about.value, cancelAsked: false, settled }, wanted)
        if (verdict.do !== 'commit') return 'settled-before'
        const attempt = { accountId: ACCOUNT, jobId, taskId: id, attempt: 1, creditCost: jobs.cost }
        const result = {
          ...{ outputKey: 'k', outputSha256: '', outputBytes: 1, outputExtension: '.jpg', documentKey: 'd' },
          ...{ faces: 0, plates: 0, frames: 1, facts: {}, processingSeconds: 0 },
        }
        const ending =
          verdict.ending.how === 'completed' ? { how: 'completed' as const, result } : verdict.ending
        const step = settleStep(attempt, ending.how, {
          decision: about.value,
          versions: { decision: about.version, cancel: 0 },
        })
        const done = await commit(step, [endedFact(attempt, 1, ending)])
        if (done.verdict === 'done') return ending.how
        if (done.verdict === 'short') throw new Error('held credits do not cover a task')
      }
    },
  }
}

export const jobOf = (run: string, n: number): string => derivedId('ledger-job', run, n)

/** The facts in the outbox as a log, for a rebuild. */
export async function logOf(store: StateStore) {
  const entries = await store.outbox(100_000)
  return {
    bus: {
      async *readAll(topic: string) {
        for (const [offset, { message: m, addedAtMs }] of entries.entries())
          if (m.topic === topic) yield { ...m, partition: 0, offset: BigInt(offset), timestampMs: addedAtMs }
      },
    },
    codec: {
      decode: async (record: { value: Uint8Array }): Promise<Event> =>
        JSON.parse(Buffer.from(record.value).toString()) as Event,
    },
  }
}
