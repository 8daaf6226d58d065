// Random interleavings of everybody who decides about jobs, and how one is played on a store.
import fc from 'fast-check'
import type { ModelStore } from './model-store.ts'
import { ACCOUNTS, type Command, type Done, JOBS, run, TASKS } from './model-world.ts'

const account = fc.constantFrom(...ACCOUNTS)
const job = fc.nat(JOBS - 1)
const task = fc.nat(TASKS - 1)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constantFrom('submit', 'approve', 'cancel', 'delete', 'grant'), account, job }),
  fc.record({ do: fc.constant('cancel-task'), account, job, task }),
  fc.record({
    do: fc.constant('extract'),
    account,
    job,
    outcome: fc.constantFrom('planned', 'planned', 'some-refused', 'all-refused', 'refused'),
  }),
  fc.record({
    do: fc.constant('settle'),
    account,
    job,
    task,
    how: fc.constantFrom('completed', 'completed', 'failed'),
  }),
  fc.record({ do: fc.constant('settle'), account, job, task, how: fc.constant('completed') }),
  fc.record({ do: fc.constant('pack'), account, job }),
)
/** Most commands are about one job in its usual order, so that deep states are reached; the rest is chaos. */
const story = fc
  .record({ account, job, extra: fc.array(command, { minLength: 5, maxLength: 25 }) })
  .map(({ account, job, extra }): Command[] => [
    { do: 'grant', account, job },
    { do: 'submit', account, job },
    { do: 'extract', account, job, outcome: 'planned' },
    { do: 'approve', account, job },
    ...extra.map((each) => ({ ...each, account, job })),
  ])
export const plot = fc.record({
  commands: fc.oneof(
    { weight: 1, arbitrary: fc.array(command, { maxLength: 30 }) },
    { weight: 3, arbitrary: story },
  ),
  /** Whose turn it is next, and whether a command dies where it stands. */
  turns: fc.array(fc.record({ who: fc.nat(1_000), dies: fc.nat(99).map((n) => n < 2) }), {
    minLength: 200,
    maxLength: 200,
  }),
  /** How many commands are in flight at once. */
  width: fc.integer({ min: 1, max: 5 }),
})
export type Plot = typeof plot extends fc.Arbitrary<infer T> ? T : never

/** Plays a plot on a store; `look` is called after every step that may have written. */
export function play<S extends ModelStore>(
  { commands, turns, width }: Plot,
  store: S,
  look: (store: S) => void = () => undefined,
): { store: S; done: Done[] } {
  const done: Done[] = []
  const waiting = [...commands]
  const running: Generator<'read' | 'written', Done>[] = []
  for (let turn = 0; waiting.length > 0 || running.length > 0; turn += 1) {
    while (running.length < width && waiting.length > 0) {
      const next = waiting.shift()
      if (next !== undefined) running.push(run(store, next, turn))
    }
    const { who, dies } = turns[turn % turns.length] ?? { who: 0, dies: false }
    const index = who % running.length
    const result = running[index]?.next()
    if (result?.done === true) done.push(result.value)
    if (result?.done === true || dies) running.splice(index, 1)
    if (result?.value === 'written' || result?.done === true) look(store)
  }
  return { store, done }
}
