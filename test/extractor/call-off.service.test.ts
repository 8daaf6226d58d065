import { expect, test } from 'vitest'
import { taskId } from '#schemas/ids.ts'
import { creditCounter, settledCounter, settledKey } from '#schemas/state-keys.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { openExtractorWorld, until } from './extractor-world.ts'
import { jpeg } from './made-media.ts'
import { madeZip } from './made-zip.ts'

const ACCOUNT = 'account-1'

for (const end of ['cancelled', 'deleted'] as const)
  test(`an approved job that is ${end} before a worker heard of it ends every task once and gives its credits back`, async () => {
    await using world = await openExtractorWorld()
    await world.start()
    const bytes = await jpeg({ width: 64, height: 48 })
    const zip = await madeZip(world.folder, { 'a.jpg': bytes, 'b.jpg': bytes, 'c.txt': 'no picture' })
    const { jobId } = await world.submit('two.zip', zip)
    const extracted = await until(async () => (await world.facts(OUTCOMES.name, 'JobExtracted', jobId))[0])
    const cost = extracted.data.total_credit_cost
    expect(cost).toBeGreaterThan(0)
    const pot = (which: 'available' | 'held') => world.stores.store.counter(creditCounter(ACCOUNT, which))
    await world.stores.store.commit({ adds: [{ counter: creditCounter(ACCOUNT, 'held'), delta: cost }] })
    const [metered, tasks] = [
      { metered: true, approved: true, held_credits: cost },
      [0, 1].map((i) => taskId(jobId, i)),
    ]
    await world.decide(jobId, metered, 'JobApproved')
    await world.decide(jobId, { state: 'cancelled' }, 'JobCancelled')
    if (end === 'deleted') await world.decide(jobId, { state: 'deleted' }, 'JobDeleted')
    await until(async () => (await pot('held')) === 0)
    expect(await pot('available')).toBe(cost)
    const settled = await world.stores.store.getMany(tasks.map(settledKey))
    expect(settled.map((entry) => entry?.value)).toEqual(['"cancelled"', '"cancelled"'])
    expect(await world.stores.store.counter(settledCounter(jobId))).toBe(2)
    const told = await until(async () => {
      const facts = await world.facts(OUTCOMES.name, 'TaskCancelled', jobId)
      return facts.length === 2 && facts
    })
    expect(told.map((fact) => fact.data.task_id).toSorted()).toEqual(tasks.toSorted())
    if (end === 'deleted') await until(async () => (await world.keys(jobId)).length === 0)
  })
