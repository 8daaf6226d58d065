// The checker of the chaos runs sees every breach that is planted for it.
import { expect, test } from 'vitest'
import { brokenPromises, type Evidence } from './promises.ts'
import type { ReadFact } from './read-facts.ts'

const JOB = 'j'
const fact = (type: string, data: object = {}, id = type): ReadFact => ({
  ...{ id, type, accountId: 'a', jobId: JOB, partition: 0, offset: 0 },
  data: { task_id: 't', attempt: 1, ...data },
})
const completed = fact('TaskCompleted', {
  output_key: `jobs/${JOB}/output/t/1/result`,
  output_sha256: 'hidden',
  document_key: `jobs/${JOB}/output/t/1/detections.json`,
  credit_cost: 2,
})

const whole: Evidence = {
  acknowledged: [
    { jobId: JOB, what: 'submitted', input: 'a.jpg' },
    { jobId: JOB, what: 'approved', input: 'a.jpg' },
  ],
  jobs: [fact('JobSubmitted'), fact('JobApproved', { held_credits: 2 })],
  outcomes: [
    fact('TaskPlanned', { refused_code: null, file_name: 'a.jpg', credit_cost: 2 }),
    fact('JobExtracted'),
    fact('TaskStarted'),
    completed,
  ],
  credits: [fact('CreditsGranted', { credits: 10 })],
  deadLetters: 0,
  objects: [
    { key: `jobs/${JOB}/input/t`, sha256: 'original' },
    { key: `jobs/${JOB}/output/t/1/result`, sha256: 'hidden' },
    { key: `jobs/${JOB}/output/t/1/detections.json`, sha256: 'document' },
  ],
  originals: new Set(['original']),
  balance: { available: 8, held: 0, spent: 2 },
}
const without = (type: string) => (facts: readonly ReadFact[]) => facts.filter((each) => each.type !== type)

test('a night in which all went well breaks no promise, however often a record came', () => {
  expect(brokenPromises(whole)).toEqual([])
  expect(brokenPromises({ ...whole, outcomes: [...whole.outcomes, ...whole.outcomes] })).toEqual([])
})

const result = { key: `jobs/${JOB}/output/t/2/result`, sha256: 'hidden' }
const deleted = { ...whole, jobs: [...whole.jobs, fact('JobDeleted')] }
const again = { ...completed, id: 'other' }

test.each<[string, Partial<Evidence>, string]>([
  ['a submit that was lost', { jobs: without('JobSubmitted')(whole.jobs) }, 'was submitted for its client'],
  ['an approval that was lost', { jobs: without('JobApproved')(whole.jobs) }, 'was approved for its client'],
  ['a job that nobody submitted', { acknowledged: [] }, 'no client knows of it'],
  ['a job that was never opened', { outcomes: [] }, 'never extracted'],
  ['a task without an end', { outcomes: without('TaskCompleted')(whole.outcomes) }, 'has no end'],
  ['two ends of a task', { outcomes: [...whole.outcomes, again] }, 'has 2 ends'],
  [
    'a cancelled task that was done',
    { outcomes: [...whole.outcomes, fact('TaskCancelled')] },
    'has 2 ends: TaskCompleted',
  ],
  ['a result that is gone', { objects: whole.objects.slice(0, 1) }, 'is not there'],
  ['a second result', { objects: [...whole.objects, result] }, 'a result that no fact names'],
  [
    'a result that is another',
    { objects: whole.objects.map((o) => ({ ...o, sha256: 'x' })) },
    'is not what its fact says',
  ],
  ['an original given out', { originals: new Set(['hidden']) }, 'is an original'],
  [
    'a part of a film that is done',
    { objects: [...whole.objects, { key: `jobs/${JOB}/parts/t/1/0`, sha256: 'part' }] },
    'should have gone when its film was done',
  ],
  ['a deletion that left bytes', deleted, 'was left behind by a deletion'],
  ['a double capture', { balance: { available: 6, held: 0, spent: 4 } }, '4 credits were spent'],
  ['credits that stay held', { balance: { available: 6, held: 2, spent: 2 } }, '2 credits are still held'],
  ['a dead letter', { deadLetters: 1 }, '1 records are dead letters'],
])('%s is seen', (_, change, sentence) => {
  expect(brokenPromises({ ...whole, ...change }).join('\n')).toContain(sentence)
})

test('the same file that came out in two ways is seen', () => {
  const second = whole.outcomes.map((each) => ({
    ...each,
    id: `${each.id} 2`,
    jobId: 'k',
    data: { ...each.data, output_sha256: 'other' },
  }))
  const evidence = {
    ...whole,
    acknowledged: [...whole.acknowledged, { jobId: 'k', what: 'submitted' as const, input: 'a.jpg' }],
    jobs: [...whole.jobs, { ...fact('JobSubmitted'), jobId: 'k', id: 'k' }],
    outcomes: [...whole.outcomes, ...second],
  }
  expect(brokenPromises(evidence).join('\n')).toContain('came out in 2 ways')
})
