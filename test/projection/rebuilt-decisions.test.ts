// What a rebuild keeps of tasks that were begun: enough for whoever begins them again to clear up first.
import { expect, test } from 'vitest'
import { decisionRebuild } from '#projection/pure/rebuilt-decisions.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { attemptedKey, settledKey } from '#schemas/state-keys.ts'

const envelope = { event_id: 'e', occurred_at_ms: 1, account_id: 'bert', job_id: 'j' }
const submitted: Event = {
  ...envelope,
  type: 'JobSubmitted',
  data: {
    ...{ input_file: 'a.jpg', input_kind: 'picture', model: 'blur', model_config: '{}', source: 'path' },
    ...{ needs_approval: true, user_tag: null, metered: false },
  },
}
const started: Event = { ...envelope, type: 'TaskStarted', data: { task_id: 't', attempt: 7 } }
const cancelled: Event = {
  ...envelope,
  type: 'TaskCancelled',
  data: { task_id: 't', attempt: 7, credit_cost: 1 },
}

/** Entries left after the steps, each refused whose check does not hold. */
function entriesAfter(facts: readonly Event[]): Set<string> {
  const rebuilt = decisionRebuild()
  rebuilt.ofJobs(submitted)
  const there = new Set<string>()
  for (const { checks = [], puts = [], deletes = [] } of facts.flatMap((fact) => rebuilt.ofOutcomes(fact))) {
    if (checks.some(({ key }) => there.has(key))) continue
    for (const key of deletes) there.delete(key)
    for (const { key } of puts) there.add(key)
  }
  return there
}

test('a task that was begun and has not ended is known to have been attempted', () => {
  expect([...entriesAfter([started])]).toEqual([attemptedKey('t')])
})

test('one that has ended is not, whichever fact came first', () => {
  for (const facts of [
    [started, cancelled],
    [cancelled, started],
    [started, started, cancelled, started],
  ])
    expect([...entriesAfter(facts)]).toEqual([settledKey('t')])
})
