// Commits of a group member: gathered, in order, and each one heard of.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type FinishedUpTo, groupCommits } from '#runtime/kafka/group-commits.ts'

const upTo = (partition: number, nextOffset: bigint): FinishedUpTo => ({ topic: 't', partition, nextOffset })
const places = (all: readonly FinishedUpTo[]) => all.map((one) => `${one.partition}:${one.nextOffset}`)

test('what comes together goes together, and so does what comes meanwhile: each partition once, with its last offset', async () => {
  const sent: string[][] = []
  const commits = groupCommits(async (all) => {
    sent.push(places(all))
    await sleep(5)
  })
  const first = [upTo(0, 1n), upTo(2, 1n)].map((one) => commits.add(one))
  await sleep(2)
  expect(sent).toEqual([['0:1', '2:1']])
  const more = [upTo(0, 2n), upTo(1, 7n), upTo(0, 4n), upTo(0, 3n)].map((one) => commits.add(one))
  await Promise.all([...first, ...more])
  expect(sent).toEqual([
    ['0:1', '2:1'],
    ['0:4', '1:7'],
  ])
  await commits.add(upTo(2, 1n))
  expect(sent).toHaveLength(3)
})

test('whoever commits as soon as it has heard of a commit is heard, too', async () => {
  const commits = groupCommits(async () => undefined)
  for (let next = 1n; next < 4n; next += 1n) await commits.add(upTo(0, next))
})

test('nothing resolves before its request did, and a request that fails is told to all who were in it', async () => {
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let asked = 0
  const commits = groupCommits(() => answers[asked++]?.promise ?? Promise.resolve())
  let firstIsDone = false
  const first = commits.add(upTo(0, 1n)).then(() => {
    firstIsDone = true
  })
  await sleep(10)
  const [second, third] = [commits.add(upTo(0, 2n)), commits.add(upTo(1, 1n))]
  await sleep(10)
  expect(firstIsDone).toBe(false)
  answers[1]?.promise.catch(() => undefined)
  answers[0]?.resolve()
  await first
  answers[1]?.reject(new Error('away'))
  const failed = await Promise.allSettled([second, third])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await commits.add(upTo(0, 3n))
})
