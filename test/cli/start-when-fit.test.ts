import { expect, test } from 'vitest'
import { WorkerUnfit } from '#anonymizer/worker/worker-death.ts'
import { startWhenFit } from '#cli/start-when-fit.ts'

const unfit = () => new WorkerUnfit('MODEL_NOT_AVAILABLE', 'no model', true)
const stopped = () => new AbortController()

function heard(tries: readonly (() => Promise<void>)[], signal: AbortSignal) {
  const said: string[] = []
  let n = 0
  const options = {
    start: async () => {
      said.push('try')
      const next = tries[n++]
      if (next === undefined) throw unfit()
      return { done: next() }
    },
    onUnfit: (code: string) => void said.push(code),
    onFit: () => void said.push('fit'),
    retryMs: 1,
    signal,
  }
  return { said, options }
}

test('an unfit worker does not end the process: it is said, and tried again until it works', async () => {
  const stop = stopped()
  const { said, options } = heard([], stop.signal)
  let tries = 0
  const { done } = await startWhenFit({
    ...options,
    start: async () => {
      tries += 1
      if (tries < 4) throw unfit()
      return { done: Promise.resolve() }
    },
  })
  await done
  expect(said).toEqual(['MODEL_NOT_AVAILABLE', 'MODEL_NOT_AVAILABLE', 'MODEL_NOT_AVAILABLE', 'fit'])
})

test('a worker that becomes unfit at work is waited for like one that never started', async () => {
  const stop = stopped()
  const { said, options } = heard([() => Promise.reject(unfit()), async () => undefined], stop.signal)
  await (await startWhenFit(options)).done
  expect(said).toEqual(['try', 'fit', 'MODEL_NOT_AVAILABLE', 'try', 'fit'])
})

test('a stop ends the waiting', async () => {
  const stop = stopped()
  const { options } = heard([], stop.signal)
  const { done } = await startWhenFit({ ...options, retryMs: 60_000 })
  stop.abort()
  await expect(done).resolves.toBeUndefined()
})

test('a mistake of ours is never taken for an unfit worker, at the start or later', async () => {
  const bug = new TypeError('undefined is not a function')
  const { options } = heard([() => Promise.reject(bug)], stopped().signal)
  const failing = async () => {
    throw bug
  }
  await expect(startWhenFit({ ...options, start: failing })).rejects.toBe(bug)
  await expect((await startWhenFit(options)).done).rejects.toBe(bug)
})
