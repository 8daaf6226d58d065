// The extractor's decisions about jobs, prices, results and lost workers, each as a sentence.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideSubmitted, extractionStep, planEntry } from '#extractor/pure/extraction-step.ts'
import { taskPlanned, taskReady } from '#extractor/pure/job-facts.ts'
import { MANIFEST_NAME, packManifest } from '#extractor/pure/pack-manifest.ts'
import { decidePack, packStep } from '#extractor/pure/pack-step.ts'
import { NO_TASKS, withTask } from '#extractor/pure/plan-totals.ts'
import { type FoundFile, plannedTask } from '#extractor/pure/planned-task.ts'
import { creditCost, estimatedSeconds } from '#extractor/pure/price.ts'
import { resultNames } from '#extractor/pure/result-names.ts'
import { submittedName } from '#extractor/pure/submitted-name.ts'
import { fateAfter } from '#extractor/pure/worker-fate.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { plannedTaskSchema } from '#schemas/plan.ts'
import type { Decision, Outcome, PlanEntry } from '#schemas/state-keys.ts'
import { isTerminalFact, outcomeOf } from '#schemas/task-outcome.ts'

const decision = (state: Decision['state'] = 'open'): Decision => ({
  ...{ account_id: 'a', state, needs_approval: true, approved: false, metered: false, held_credits: 0 },
  ...{ input_file: '/x.zip', input_kind: 'archive', model: 'blur', created_at_ms: 1 },
})
const plan = (over: Partial<PlanEntry & { verdict: 'planned' }> = {}): PlanEntry => ({
  ...{ verdict: 'planned', task_count: 3, runnable_count: 2, total_credit_cost: 2, archive_format: 'zip' },
  ...over,
})
const origin = { accountId: 'a', jobId: 'j', nowMs: 5 }
const picture: FoundFile = {
  ...{
    index: 1,
    fileName: 'b.jpg',
    bytes: 9,
    mediaKind: 'picture',
    extension: '.jpg',
    width: 1000,
    height: 1000,
  },
  ...{ frames: null, durationSeconds: null, refused: null },
}
const refused: FoundFile = {
  ...picture,
  mediaKind: null,
  width: null,
  height: null,
  refused: { code: 'FILE_EMPTY', detail: 'Empty.' },
}

describe('a submitted job', () => {
  test('is extracted once, and only while somebody wants it', () => {
    expect(decideSubmitted({ decision: decision(), plan: undefined }).do).toBe('extract')
    expect(decideSubmitted({ decision: decision(), plan: plan() }).do).toBe('go-on')
    expect(decideSubmitted({ decision: decision('cancelled'), plan: undefined }).do).toBe('remove')
    expect(decideSubmitted({ decision: decision('cancelled'), plan: plan() }).do).toBe('go-on')
    expect(decideSubmitted({ decision: decision('deleted'), plan: plan() }).do).toBe('remove')
    expect(decideSubmitted({ decision: undefined, plan: undefined }).do).toBe('wait')
  })
  test('is planned only if nothing was decided meanwhile and nobody planned it before', () => {
    const step = extractionStep('j', 4, { verdict: 'planned', totals: NO_TASKS })
    expect(step.checks).toEqual([
      { key: 'decision:j', version: 4 },
      { key: 'plan:j', version: 0 },
    ])
    expect(planEntry({ verdict: 'refused', code: 'X', detail: 'y' })).toEqual({
      verdict: 'refused',
      code: 'X',
      detail: 'y',
    })
  })
})

describe('a plan', () => {
  test('charges runnable files and nothing for refused ones', () => {
    const tasks = [plannedTask('j', picture, 'ab'), plannedTask('j', { ...refused, index: 2 }, '')]
    for (const task of tasks) expect(plannedTaskSchema.parse(JSON.parse(JSON.stringify(task)))).toEqual(task)
    const totals = tasks.reduce(withTask, NO_TASKS)
    expect(totals).toMatchObject({ taskCount: 2, runnableCount: 1, creditCost: 1 })
    expect(totals.estimatedSeconds).toBeGreaterThan(0)
  })
  test('becomes work for runnable tasks only, and the same facts when told again', () => {
    const chosen = { model: 'blur', modelConfig: '{}' } as const
    const task = plannedTask('j', picture, 'ab')
    expect(taskReady(origin, task, chosen)?.data).toMatchObject({
      task_id: task.task_id,
      input_sha256: 'ab',
      extension: '.jpg',
    })
    expect(taskReady(origin, plannedTask('j', refused, ''), chosen)).toBeUndefined()
    expect(taskPlanned(origin, task).event_id).toBe(taskPlanned({ ...origin, nowMs: 6 }, task).event_id)
    expect(taskPlanned(origin, task).event_id).not.toBe(taskReady(origin, task, chosen)?.event_id)
  })
  test('starts and charges nothing for a file that is refused or of no kind, whatever else is known of it', () => {
    const chosen = { model: 'blur', modelConfig: '{}' } as const
    const why = { code: 'FILE_EMPTY', detail: 'Empty.' } as const
    for (const file of [
      { ...picture, refused: why },
      { ...picture, mediaKind: null },
    ]) {
      const task = plannedTask('j', file, 'ab')
      expect(task.credit_cost).toBe(0)
      expect(taskReady(origin, task, chosen)).toBeUndefined()
      expect(withTask(NO_TASKS, task)).toMatchObject({ taskCount: 1, runnableCount: 0, estimatedSeconds: 0 })
    }
    for (const unknown of [{ width: null }, { height: null }]) {
      const task = plannedTask('j', { ...picture, ...unknown }, 'ab')
      expect([task.credit_cost, withTask(NO_TASKS, task).runnableCount]).toEqual([0, 0])
    }
  })
  test('charges a film for each started second, one at least', () => {
    const film = (durationSeconds: number | null) =>
      creditCost({ mediaKind: 'film', width: 10, height: 10, frames: 1, durationSeconds })
    expect([film(0), film(null), film(0.1), film(1), film(1.01), film(59.5)]).toEqual([1, 1, 1, 1, 2, 60])
    expect(
      creditCost({ mediaKind: 'picture', width: 9e4, height: 9e4, frames: null, durationSeconds: null }),
    ).toBe(1)
  })
  test('takes longer the more pixels and frames there are', () => {
    const film = (frames: number, width: number) =>
      estimatedSeconds({ mediaKind: 'film', width, height: 1080, frames, durationSeconds: 1 })
    expect(film(100, 1920)).toBeGreaterThan(film(50, 1920))
    expect(film(100, 1920)).toBeGreaterThan(film(100, 960))
    const still = (width: number) =>
      estimatedSeconds({ mediaKind: 'picture', width, height: 1000, frames: null, durationSeconds: null })
    expect(still(2000)).toBeGreaterThan(still(1000))
    expect(still(1)).toBeGreaterThan(0)
    const guessed = (durationSeconds: number) =>
      estimatedSeconds({ mediaKind: 'film', width: 1920, height: 1080, frames: null, durationSeconds })
    expect(guessed(2)).toBeGreaterThan(guessed(1))
  })
})

describe('results', () => {
  test('are packed when every runnable task of an open archive job is settled, and once', () => {
    const standing = { decision: decision(), plan: plan(), packed: false, settledCount: 2 }
    expect(decidePack(standing)).toEqual({ do: 'pack', format: 'zip' })
    expect(decidePack({ ...standing, settledCount: 1 }).do).toBe('nothing')
    expect(decidePack({ ...standing, packed: true }).do).toBe('nothing')
    expect(decidePack({ ...standing, decision: decision('cancelled') }).do).toBe('nothing')
    expect(decidePack({ ...standing, decision: decision('deleted') }).do).toBe('nothing')
    expect(decidePack({ ...standing, plan: plan({ archive_format: null }) }).do).toBe('nothing')
    expect(decidePack({ ...standing, plan: { verdict: 'refused', code: 'X', detail: '' } }).do).toBe(
      'nothing',
    )
    expect(decidePack({ ...standing, plan: undefined }).do).toBe('wait')
    expect(packStep('j', 7, 'x').checks).toEqual([
      { key: 'decision:j', version: 7 },
      { key: 'packed:j', version: 0 },
    ])
  })
  test('keep their members’ names, with the extension that they really have', () => {
    const named = (fileName: string, outputExtension: string) => ({ fileName, outputExtension })
    expect(
      resultNames(
        [named('A.JPG', '.jpg'), named('b.jpeg', '.jpg'), named('c.bmp', '.png'), named('d', '.mp4')],
        [],
      ),
    ).toEqual([...['A.JPG', 'b.jpeg', 'c.png', 'd.mp4']])
    expect(resultNames([named('e.jpg', '.png'), named('f.mts', '.ts'), named('g.ts', '.mp4')], [])).toEqual([
      ...['e.png', 'f.mts', 'g.mp4'],
    ])
    expect(resultNames([named('a.avi', '.mp4'), named('a.mp4', '.mp4')], [])).toEqual(['a.avi.mp4', 'a.mp4'])
    expect(resultNames([named('a.avi', '.mp4'), named('a.mov', '.mp4')], [])).toEqual(['a.mp4', 'a.mov.mp4'])
  })
  test('never share a name, whatever the members are called', () => {
    const name = fc
      .tuple(fc.constantFrom('a', 'b', 'a.avi', ''), fc.constantFrom('.avi', '.mp4', '.avi.mp4', '.2.mp4'))
      .map((p) => p.join(''))
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 12 }),
        fc.constantFrom('.mp4', '.avi'),
        (names, outputExtension) => {
          const given = resultNames(
            names.map((fileName) => ({ fileName, outputExtension })),
            [MANIFEST_NAME],
          )
          expect(new Set([...given, MANIFEST_NAME]).size).toBe(names.length + 1)
        },
      ),
    )
  })
  test('come with a line for every file, completed or not', () => {
    const outcome: Outcome = {
      ...{
        how: 'completed',
        output_key: 'k',
        output_sha256: 'ff',
        output_bytes: 1,
        output_extension: '.jpg',
      },
      ...{ faces: 2, plates: 1, frames: 1 },
    }
    const { results, lines } = packManifest([
      { task: plannedTask('j', { ...picture, index: 0 }, 'ab'), outcome },
      { task: plannedTask('j', { ...refused, index: 1, fileName: 'x.gif' }, ''), outcome: undefined },
      {
        task: plannedTask('j', { ...picture, index: 2, fileName: 'c.jpg' }, 'ab'),
        outcome: { how: 'failed', code: 'WORKER_DIED', detail: 'd' },
      },
      {
        task: plannedTask('j', { ...picture, index: 3, fileName: 'd.jpg' }, 'ab'),
        outcome: { how: 'cancelled' },
      },
    ])
    expect(results).toEqual([{ name: 'b.jpg', outputKey: 'k' }])
    expect(lines.map(({ index, status, code, result }) => [index, status, code, result])).toEqual([
      [0, 'completed', null, 'b.jpg'],
      [1, 'failed', 'FILE_EMPTY', null],
      [2, 'failed', 'WORKER_DIED', null],
      [3, 'cancelled', null, null],
    ])
  })
})

test('the facts with which a task ends are told from all others, and say how', () => {
  const envelope = { event_id: 'e', occurred_at_ms: 1, account_id: 'a', job_id: 'j' }
  const common = { task_id: 't', attempt: 1, credit_cost: 1 }
  const failed: Event = { ...envelope, type: 'TaskFailed', data: { ...common, code: 'X', detail: 'y' } }
  const cancelled: Event = { ...envelope, type: 'TaskCancelled', data: common }
  const started: Event = { ...envelope, type: 'TaskStarted', data: { task_id: 't', attempt: 1 } }
  const completed: Event = {
    ...{ ...envelope, type: 'TaskCompleted' },
    data: {
      ...{ ...common, output_key: 'k', output_sha256: 'ff', output_bytes: 5, output_extension: '.jpg' },
      ...{ document_key: 'd', faces: 1, plates: 2, frames: 3, report: '{}', processing_seconds: 1 },
    },
  }
  expect([failed, cancelled, completed, started].map(isTerminalFact)).toEqual([true, true, true, false])
  expect(isTerminalFact(failed) && outcomeOf(failed)).toEqual({ how: 'failed', code: 'X', detail: 'y' })
  expect(isTerminalFact(cancelled) && outcomeOf(cancelled)).toEqual({ how: 'cancelled' })
  expect(isTerminalFact(completed) && outcomeOf(completed)).toEqual({
    ...{ how: 'completed', output_key: 'k', output_sha256: 'ff', output_bytes: 5, output_extension: '.jpg' },
    ...{ faces: 1, plates: 2, frames: 3 },
  })
})

test('a worker lost to a crash is replaced twice; one lost to memory or silence is the file’s doing at once', () => {
  expect(fateAfter('died', 1).do).toBe('retry')
  expect(fateAfter('died', 2).do).toBe('retry')
  expect(fateAfter('died', 3)).toMatchObject({ do: 'refuse', refusal: { code: 'WORKER_DIED' } })
  expect(fateAfter('memory', 1)).toMatchObject({ refusal: { code: 'WORKER_MEMORY' } })
  expect(fateAfter('silent', 1)).toMatchObject({ refusal: { code: 'WORKER_TIMEOUT' } })
  expect(fateAfter('nonsense', 1)).toMatchObject({ refusal: { code: 'WORKER_DIED' } })
})

test('the name of a submitted file is the last part of its path, whatever its slashes', () => {
  expect(['/a/b.jpg', 's3://bucket/k/c.mp4', 'd.png', 'e\\f.bmp', '/x/'].map(submittedName)).toEqual([
    ...['b.jpg', 'c.mp4', 'd.png', 'f.bmp', 'x'],
  ])
})
