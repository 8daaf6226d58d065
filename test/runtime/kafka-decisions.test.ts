import { expect, test } from 'vitest'
import { OwnedPartition, takeEvenly } from '#runtime/kafka/pure/owned-partition.ts'
import { nextBatch } from '#runtime/kafka/pure/publish-batches.ts'
import { shareTopics } from '#runtime/kafka/pure/share-topics.ts'
import { topicSettings } from '#runtime/kafka/pure/topic-settings.ts'
import { originalOf, readDeadLetter } from '#runtime/pump/dead-letters.ts'

const record = (offset: number, bytes = 1) => ({ offset: BigInt(offset), value: new Uint8Array(bytes) })
const offsets = (records: readonly { offset: bigint }[]) => records.map(({ offset }) => Number(offset))

test('records that are fetched again after a rebalance are not handed out again', () => {
  const owned = new OwnedPartition('t', 0)
  owned.add([record(5), record(6)])
  expect(offsets(owned.take(10))).toEqual([5, 6])
  owned.add([record(4), record(5), record(6), record(7)])
  expect(offsets(owned.take(10))).toEqual([7])
})

test('a partition is full by count or by bytes, and has room only at half', () => {
  const many = new OwnedPartition('t', 0)
  many.add(Array.from({ length: 400 }, (_, i) => record(i)))
  expect(many.isFull).toBe(true)
  many.take(100)
  expect([many.isFull, many.hasRoom]).toEqual([false, false])
  many.take(100)
  expect(many.hasRoom).toBe(true)
  const large = new OwnedPartition('t', 0)
  large.add([record(0, 3 * 1024 * 1024)])
  expect(large.isFull).toBe(true)
  large.take(1)
  expect([large.isFull, large.hasRoom]).toEqual([false, true])
})

test('a busy partition leaves the others their share, and takes what they do not need', () => {
  const busy = new OwnedPartition('t', 0)
  busy.add(Array.from({ length: 300 }, (_, i) => record(i)))
  const calm = new OwnedPartition('t', 1)
  calm.add([record(1_000), record(1_001)])
  const taken = offsets(takeEvenly([busy, calm], 100, 0))
  expect(taken).toHaveLength(100)
  expect(taken.filter((offset) => offset >= 1_000)).toEqual([1_000, 1_001])
})

test('a newcomer takes half from whoever was there, and whoever stays keeps the rest', () => {
  const all = { t: [0, 1, 2, 3, 4, 5] }
  const shared = shareTopics(all, [
    { memberId: 'b', topics: ['t'], owned: all },
    { memberId: 'a', topics: ['t'], owned: {} },
  ])
  expect(shared.get('b')?.t).toHaveLength(3)
  expect([...(shared.get('a')?.t ?? []), ...(shared.get('b')?.t ?? [])].toSorted()).toEqual(all.t)
})

test('a newcomer takes the partitions that nobody works on, wherever they stand', () => {
  const all = { t: [0, 1, 2, 3, 4, 5] }
  for (const busy of [[3, 4, 5], [0, 2, 5], [1]]) {
    const shared = shareTopics(all, [
      { memberId: 'b', topics: ['t'], owned: all, busy: { t: busy } },
      { memberId: 'a', topics: ['t'], owned: {} },
    ])
    expect(shared.get('b')?.t).toEqual(expect.arrayContaining(busy))
    expect(shared.get('a')?.t).toHaveLength(3)
  }
})

test('a partition is in work from its first record handed out to the commit of its last', () => {
  const owned = new OwnedPartition('t', 0)
  owned.add([record(5), record(6)])
  expect(owned.isBusy).toBe(false)
  owned.take(2)
  expect(owned.isBusy).toBe(true)
  owned.committed = 6n
  expect(owned.isBusy).toBe(true)
  owned.committed = 7n
  expect(owned.isBusy).toBe(false)
})

test('no partition goes to a member that did not subscribe, and none goes to two', () => {
  const shared = shareTopics({ t: [0, 1], u: [0, 1] }, [
    { memberId: 'a', topics: ['t'], owned: { t: [0, 1] } },
    { memberId: 'b', topics: ['t', 'u'], owned: { t: [0] } },
  ])
  expect(shared.get('a')?.u).toBeUndefined()
  expect(shared.get('b')?.u).toEqual([0, 1])
  expect([...(shared.get('a')?.t ?? []), ...(shared.get('b')?.t ?? [])].toSorted()).toEqual([0, 1])
})

test('three copies of which two must be written where there are three brokers, and never more than there are', () => {
  const plan = { name: 't', partitions: 12, retention: { days: 30 } } as const
  const of = (brokers: number, copies?: number) => {
    const { replicationFactor, configEntries } = topicSettings(plan, brokers, copies)
    return [replicationFactor, configEntries.find(({ name }) => name === 'min.insync.replicas')?.value]
  }
  expect([of(1), of(2), of(3), of(9), of(9, 5)]).toEqual([
    [1, '1'],
    [2, '1'],
    [3, '2'],
    [3, '2'],
    [5, '2'],
  ])
  const kept = topicSettings(plan, 3).configEntries.find(({ name }) => name === 'retention.ms')
  expect(kept?.value).toBe(String(30 * 86_400_000))
})

test('a request stays below what a broker takes, and holds at least one message', () => {
  const message = (bytes: number) => ({ key: 'k', value: new Uint8Array(bytes), headers: {} })
  expect(nextBatch([message(900_000), message(1)])).toBe(1)
  expect(nextBatch(Array.from({ length: 100 }, () => message(100_000)))).toBe(5)
  expect(nextBatch(Array.from({ length: 5_000 }, () => message(10)))).toBe(2_000)
  expect(nextBatch([])).toBe(0)
})

test('a dead letter goes back as it was, without what was written on it', () => {
  const headers = {
    ce_id: '1',
    'x-error': 'EVENT_UNREADABLE',
    'x-error-detail': 'why',
    'x-attempts': '1',
    'x-original-topic': 'syntonym.jobs.v1',
    'x-original-partition': '3',
    'x-original-offset': '17',
    'x-original-key': 'job',
  }
  const letter = {
    topic: 'dead',
    key: 'k',
    value: Buffer.from('v'),
    headers,
    partition: 0,
    offset: 2n,
    timestampMs: 5,
  }
  expect(readDeadLetter(letter)).toMatchObject({
    id: '0-2',
    code: 'EVENT_UNREADABLE',
    partition: 3,
    offset: '17',
  })
  expect(originalOf(letter)).toEqual({
    topic: 'syntonym.jobs.v1',
    key: 'job',
    value: letter.value,
    headers: { ce_id: '1', 'x-replayed-from': '0-2' },
  })
  expect(originalOf({ ...letter, headers: { ce_id: '1' } })).toBeUndefined()
})
