// What becomes of a task, decided without any store; and every interleaving of settling with cancelling and deleting.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decideDeath,
  decideRunning,
  decideSettle,
  decideStart,
  type Ending,
  type TaskState,
} from '#anonymizer/pure/settle-decision.ts'
import { settleStep } from '#anonymizer/pure/settle-step.ts'
import { creditMoves } from '#schemas/credit-moves.ts'
import {
  creditCounter,
  type Decision,
  decisionKey,
  decisionSchema,
  settledCounter,
  settledKey,
  taskCancelKey,
} from '#schemas/state-keys.ts'

const decision: Decision = {
  account_id: 'a',
  state: 'open',
  needs_approval: true,
  approved: true,
  metered: true,
  held_credits: 7,
  input_file: 'x.jpg',
  input_kind: 'picture',
  model: 'blur',
  created_at_ms: 1,
}
const state = (over: Partial<TaskState> = {}): TaskState => ({
  decision,
  cancelAsked: false,
  settled: undefined,
  ...over,
})
const history = (over = {}) => ({ starts: 1, deaths: 0, lastDeath: undefined, ...over })
const limits = { unexplainedStarts: 20 }
const COMPLETED: Ending = { how: 'completed' }
const FAILED: Ending = { how: 'failed', code: 'MEDIA_UNREADABLE', detail: '' }
const CANCELLED: Ending = { how: 'cancelled' }
const calledOff = [
  state({ cancelAsked: true }),
  state({ decision: { ...decision, state: 'cancelled' } }),
  state({ decision: { ...decision, state: 'deleted' } }),
]

describe('a task that was handed to us', () => {
  test('runs when its job is open and approved', () => {
    expect(decideStart(state(), history(), limits)).toEqual({ do: 'run' })
    const free = state({ decision: { ...decision, needs_approval: false, approved: false } })
    expect(decideStart(free, history(), limits)).toEqual({ do: 'run' })
  })

  test('never runs again once it has ended, whatever was decided since', () => {
    for (const settled of ['completed', 'failed', 'cancelled'] as const)
      for (const base of [state(), ...calledOff])
        expect(decideStart({ ...base, settled }, history({ starts: 99 }), limits)).toEqual({
          do: 'nothing',
          settled,
        })
  })

  test('is settled as cancelled without work when it or its job was called off', () => {
    for (const off of calledOff)
      expect(decideStart(off, history(), limits)).toEqual({ do: 'settle', ending: CANCELLED })
  })

  test('waits when nothing is known of its job or the job is not approved', () => {
    expect(decideStart(state({ decision: undefined }), history(), limits).do).toBe('wait')
    const open = state({ decision: { ...decision, approved: false } })
    expect(decideStart(open, history(), limits).do).toBe('wait')
  })

  test('fails after twenty starts of which nobody knows the end, but deaths that were seen do not count twice', () => {
    expect(decideStart(state(), history({ starts: 20 }), limits)).toEqual({ do: 'run' })
    expect(decideStart(state(), history({ starts: 21 }), limits)).toMatchObject({
      do: 'settle',
      ending: { how: 'failed', code: 'WORKER_DIED' },
    })
    const seen = history({ starts: 21, deaths: 2, lastDeath: 'WORKER_DIED' })
    expect(decideStart(state(), seen, limits)).toEqual({ do: 'run' })
  })

  test('fails at once when the third death was counted but not settled', () => {
    const dead = history({ starts: 2, deaths: 3, lastDeath: 'WORKER_DIED' })
    expect(decideStart(state(), dead, limits)).toMatchObject({
      do: 'settle',
      ending: { code: 'WORKER_DIED' },
    })
  })
})

test('a file may kill two workers; a hang or a lack of memory is believed the second time', () => {
  expect(decideDeath(1, 'WORKER_DIED')).toEqual({ do: 'again' })
  expect(decideDeath(2, 'WORKER_DIED')).toEqual({ do: 'again' })
  expect(decideDeath(3, 'WORKER_DIED')).toMatchObject({ do: 'settle', ending: { code: 'WORKER_DIED' } })
  for (const code of ['WORKER_TIMEOUT', 'WORKER_MEMORY']) {
    expect(decideDeath(1, code)).toEqual({ do: 'again' })
    expect(decideDeath(2, code)).toMatchObject({ do: 'settle', ending: { how: 'failed', code } })
  }
})

test('a film in work is stopped when called off or settled by another; a picture never is', () => {
  expect(decideRunning('film', state())).toEqual({ do: 'go-on' })
  for (const over of [...calledOff, state({ settled: 'cancelled' })]) {
    expect(decideRunning('film', over)).toEqual({ do: 'abort' })
    expect(decideRunning('picture', over)).toEqual({ do: 'go-on' })
  }
})

test('a finished task settles as it ended, unless it was called off before: then as cancelled', () => {
  for (const wanted of [COMPLETED, FAILED, CANCELLED]) {
    expect(decideSettle(state(), wanted)).toEqual({ do: 'commit', ending: wanted })
    for (const off of calledOff)
      expect(decideSettle(off, wanted)).toEqual({ do: 'commit', ending: CANCELLED })
    expect(decideSettle(state({ settled: 'failed' }), wanted)).toEqual({ do: 'nothing', settled: 'failed' })
    expect(decideSettle(state({ decision: undefined }), wanted).do).toBe('wait')
  }
})

test('credits are captured by a completion and released by any other end; unmetered jobs move none', () => {
  const moves = (how: 'completed' | 'failed' | 'cancelled') =>
    Object.fromEntries(creditMoves(decision, 5, how).map(({ counter, delta }) => [counter, delta]))
  expect(moves('completed')).toEqual({ 'credits:a:held': -5, 'credits:a:spent': 5 })
  expect(moves('failed')).toEqual({ 'credits:a:held': -5, 'credits:a:available': 5 })
  expect(moves('cancelled')).toEqual({ 'credits:a:held': -5, 'credits:a:available': 5 })
  expect(creditMoves({ ...decision, metered: false }, 5, 'completed')).toEqual([])
  expect(creditMoves(decision, 0, 'completed')).toEqual([])
})

// ---- Interleavings, on a model of the store: entries with versions, counters, one atomic step.

const JOB = 'job'
const TASK = 'task'
const COST = 3

class Model {
  readonly entries = new Map<string, { value: string; version: number }>()
  readonly counters = new Map([
    [creditCounter('a', 'available'), 10],
    [creditCounter('a', 'held'), COST],
  ])
  #version = 0
  readonly log: string[] = []

  version = (key: string): number => this.entries.get(key)?.version ?? 0
  put(key: string, value: string): void {
    this.entries.set(key, { value, version: ++this.#version })
  }
  state(): TaskState {
    const value = (key: string): string | undefined => this.entries.get(key)?.value
    const settled = value(settledKey(TASK))
    return {
      decision: decisionSchema.parse(JSON.parse(value(decisionKey(JOB)) ?? 'null')),
      cancelAsked: value(taskCancelKey(TASK)) !== undefined,
      settled: settled === undefined ? undefined : JSON.parse(settled),
    }
  }
  commit(step: ReturnType<typeof settleStep>): boolean {
    if (step.checks.some(({ key, version }) => this.version(key) !== version)) return false
    for (const { key, value } of step.puts) this.put(key, value)
    for (const { counter, delta } of step.adds)
      this.counters.set(counter, (this.counters.get(counter) ?? 0) + delta)
    return true
  }
}

/** A worker that settles in two moments: reads, then commits what it decided on. Begins again on a conflict. */
function* worker(model: Model, wanted: Ending): Generator<void> {
  for (;;) {
    const read = model.state()
    const versions = {
      decision: model.version(decisionKey(JOB)),
      cancel: model.version(taskCancelKey(TASK)),
    }
    yield
    const verdict = decideSettle(read, wanted)
    if (verdict.do !== 'commit' || read.decision === undefined) return
    const task = { jobId: JOB, taskId: TASK, creditCost: COST }
    const step = settleStep(task, verdict.ending.how, { decision: read.decision, versions })
    if (model.commit(step)) {
      model.log.push(`settled ${verdict.ending.how}`)
      return
    }
    yield
  }
}

const person: Record<string, (model: Model) => void> = {
  cancelTask: (model) => {
    if (model.version(settledKey(TASK)) > 0 || model.version(taskCancelKey(TASK)) > 0) return
    model.put(taskCancelKey(TASK), '1')
    model.log.push('called off')
  },
  cancelJob: (model) => {
    if (model.state().settled !== undefined || model.state().decision?.state !== 'open') return
    model.put(decisionKey(JOB), JSON.stringify({ ...decision, state: 'cancelled' }))
    model.log.push('called off')
  },
  deleteJob: (model) => {
    const { decision: now, settled } = model.state()
    if (settled === undefined && now?.state !== 'cancelled') return
    model.put(decisionKey(JOB), JSON.stringify({ ...decision, state: 'deleted' }))
  },
  touch: (model) => model.put(decisionKey(JOB), JSON.stringify(model.state().decision)),
}

test('in any order of two workers and a person a task ends once, is charged once, and never completes after a cancellation', () => {
  const moves = fc.array(
    fc.oneof(
      fc.constantFrom('first', 'second'),
      fc.constantFrom('cancelTask', 'cancelJob', 'deleteJob', 'touch'),
    ),
    { maxLength: 14 },
  )
  const endings = fc.constantFrom(COMPLETED, FAILED)
  fc.assert(
    fc.property(moves, endings, endings, (order, a, b) => {
      const model = new Model()
      model.put(decisionKey(JOB), JSON.stringify(decision))
      const workers = { first: worker(model, a), second: worker(model, b) }
      for (const move of order)
        if (move === 'first' || move === 'second') workers[move].next()
        else person[move]?.(model)
      for (const each of Object.values(workers)) for (const _ of each);
      const settled = model.log.filter((line) => line.startsWith('settled'))
      expect(settled).toHaveLength(1)
      if (model.log.includes('called off')) {
        expect(settled).toEqual(['settled cancelled'])
        expect(model.log.indexOf('called off')).toBeLessThan(model.log.indexOf('settled cancelled'))
      } else expect(settled).not.toEqual(['settled cancelled'])
      expect(model.counters.get(settledCounter(JOB))).toBe(1)
      const pot = (name: 'available' | 'held' | 'spent') => model.counters.get(creditCounter('a', name)) ?? 0
      expect(pot('held')).toBe(0)
      expect(pot('spent')).toBe(settled[0] === 'settled completed' ? COST : 0)
      expect(pot('available') + pot('spent')).toBe(10 + COST)
    }),
    { numRuns: 5000 },
  )
})
