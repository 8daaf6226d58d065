// Facts that are folded together: fewer writes, the same views, and a failure only for the one it belongs to.
import { expect, test } from 'vitest'
import { foldTogether } from '#projection/fold-together.ts'
import { TransientFailure } from '#runtime/failure.ts'
import type { Views, Write } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'

const started = (task: string): Event => ({
  ...{ event_id: task, occurred_at_ms: 1, account_id: 'bert', job_id: 'j' },
  type: 'TaskStarted',
  data: { task_id: task, attempt: 1 },
})

/** Views that note what is applied; `fails` may throw instead. */
function notingViews(fails: (writes: readonly Write[]) => void = () => undefined) {
  const applied: (readonly Write[])[] = []
  const views = {
    apply: async (writes: readonly Write[]) => {
      fails(writes)
      applied.push(writes)
    },
    readMany: async (docs: readonly string[]) => docs.map(() => undefined),
  }
  // The rest is not asked for a fact of a job that is not deleted.
  return { applied, views: views as unknown as Views }
}
const about = (writes: readonly Write[], task: string) => JSON.stringify(writes).includes(`"${task}"`)
const outcomes = async (all: readonly Promise<void>[]) =>
  (await Promise.allSettled(all)).map((end) =>
    end.status === 'fulfilled' ? 'in' : String(end.reason.message),
  )

test('facts of one turn are one write', async () => {
  const { applied, views } = notingViews()
  const fold = foldTogether(views)
  expect(await outcomes(['a', 'b', 'c'].map((task) => fold(started(task))))).toEqual(['in', 'in', 'in'])
  expect(applied).toHaveLength(1)
  expect(['a', 'b', 'c'].every((task) => about(applied[0] ?? [], task))).toBe(true)
})

test('a fact that cannot be written fails alone', async () => {
  const { applied, views } = notingViews((writes) => {
    if (about(writes, 'bad')) throw new TypeError('bad one')
  })
  const fold = foldTogether(views)
  const all = ['a', 'bad', 'c'].map((task) => fold(started(task)))
  expect(await outcomes(all)).toEqual(['in', 'bad one', 'in'])
  expect(applied).toHaveLength(2)
  expect(await outcomes([fold(started('d'))])).toEqual(['in'])
})

test('a store that is away fails all, and is not asked for each', async () => {
  let asked = 0
  const { views } = notingViews(() => {
    asked += 1
    throw new TransientFailure('STORE_UNAVAILABLE', 'away')
  })
  const fold = foldTogether(views)
  expect(await outcomes(['a', 'b'].map((task) => fold(started(task))))).toEqual(['away', 'away'])
  expect(asked).toBe(1)
})
