// The commits of one partition: none is left out, whenever it is asked for.
import { expect, test } from 'vitest'
import { PartitionWork } from '#runtime/pump/partition-work.ts'

test('a record that ends in the very moment in which a commit is over is committed, too', async () => {
  for (let ticks = 0; ticks < 8; ticks += 1) {
    const work = new PartitionWork('t', 0)
    const committed: bigint[] = []
    const by = {
      commit: async (_: PartitionWork, next: bigint) => void committed.push(next),
      failed: async () => 'again' as const,
    }
    for (const offset of [0n, 1n]) work.ledger.take(offset)
    work.ledger.finish(0n)
    void work.commit(by)
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    work.ledger.finish(1n)
    await work.commit(by)
    expect([ticks, committed.at(-1)]).toEqual([ticks, 2n])
  }
})
