// A few things shared among many: never two at one, first come first served, and nobody waits for one who left.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Turns } from '#anonymizer/worker/turns.ts'

const never = new AbortController().signal

test('those who wait are served in their order, without those who left', async () => {
  const turns = new Turns(['only'])
  const thing = await turns.take(never)
  const served: number[] = []
  const gone = new AbortController()
  const waiting = [1, 2, 3].map((who) =>
    turns.take(who === 2 ? gone.signal : never).then((item) => {
      served.push(who)
      turns.giveBack(item)
    }),
  )
  gone.abort(new Error('left'))
  turns.giveBack(thing)
  const ends = await Promise.allSettled(waiting)
  expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(served).toEqual([1, 3])
})

test('no thing is ever with two, whoever comes and goes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      async (leaves, things) => {
        const turns = new Turns(Array.from({ length: things }, (_, index) => index))
        const taken = new Set<number>()
        const works = leaves.map(async (leave) => {
          const stop = new AbortController()
          const turn = turns.take(stop.signal)
          if (leave) stop.abort(new Error('left'))
          const item = await turn.catch(() => undefined)
          if (item === undefined) return
          expect(taken.has(item)).toBe(false)
          taken.add(item)
          await Promise.resolve()
          taken.delete(item)
          turns.giveBack(item)
        })
        await Promise.all(works)
        await turns.allBack()
      },
    ),
  )
})
