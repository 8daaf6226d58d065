// Says which promises are broken, from what clients were told, what the topics hold and what lies in the object store.
import type { ReadFact } from './read-facts.ts'

/** What a client was told with a 2xx, so that it must be true for ever. */
export interface Acknowledged {
  readonly jobId: string
  readonly what: 'submitted' | 'approved' | 'cancelled' | 'deleted'
  /** The file that was handed in. */
  readonly input: string
}
export interface StoredThing {
  readonly key: string
  /** Lower-case hex. */
  readonly sha256: string
}
export interface Evidence {
  readonly acknowledged: readonly Acknowledged[]
  /** The records of the three topics that are kept for ever. */
  readonly jobs: readonly ReadFact[]
  readonly outcomes: readonly ReadFact[]
  readonly credits: readonly ReadFact[]
  readonly deadLetters: number
  /** Everything in the bucket. */
  readonly objects: readonly StoredThing[]
  /** Hashes of what was handed in, members of archives included. */
  readonly originals: ReadonlySet<string>
  /** What the store says of the account, all credits of it. */
  readonly balance: { readonly available: number; readonly held: number; readonly spent: number }
}

const FACT_OF = {
  submitted: 'JobSubmitted',
  approved: 'JobApproved',
  cancelled: 'JobCancelled',
  deleted: 'JobDeleted',
} as const
const ENDS = new Set(['TaskCompleted', 'TaskFailed', 'TaskCancelled'])

/** A record that came twice with the same id is a repetition, which every reader bears. */
const distinct = (facts: readonly ReadFact[]): readonly ReadFact[] => [
  ...new Map(facts.map((fact) => [fact.id, fact])).values(),
]

interface Job {
  readonly id: string
  readonly decisions: ReadonlySet<string>
  readonly facts: readonly ReadFact[]
  readonly input: string
}

/** Every sentence that is false; none when all promises hold. */
export function brokenPromises(evidence: Evidence): readonly string[] {
  const jobs = jobsOf(evidence)
  return [
    ...lostAnswers(evidence),
    ...jobs.flatMap((job) => brokenOfJob(job, evidence)),
    ...differingResults(jobs),
    ...brokenLedger(evidence, jobs),
    ...(evidence.deadLetters === 0 ? [] : [`${evidence.deadLetters} records are dead letters`]),
  ]
}

function jobsOf({ acknowledged, jobs, outcomes }: Evidence): readonly Job[] {
  const decided = Map.groupBy(jobs, ({ jobId }) => jobId)
  const happened = Map.groupBy(distinct(outcomes), ({ jobId }) => jobId)
  const inputs = new Map(acknowledged.map(({ jobId, input }) => [jobId, input]))
  return [...decided].map(([id, facts]) => ({
    id,
    decisions: new Set(facts.map(({ type }) => type)),
    facts: happened.get(id) ?? [],
    input: inputs.get(id) ?? '',
  }))
}

function lostAnswers({ acknowledged, jobs }: Evidence): readonly string[] {
  const known = new Set(jobs.map(({ jobId, type }) => `${jobId} ${type}`))
  const told = new Set(acknowledged.map(({ jobId }) => jobId))
  return [
    ...acknowledged
      .filter(({ jobId, what }) => !known.has(`${jobId} ${FACT_OF[what]}`))
      .map(({ jobId, what }) => `job ${jobId} was ${what} for its client, and no fact says so`),
    ...[...new Set(jobs.map(({ jobId }) => jobId))]
      .filter((jobId) => !told.has(jobId))
      .map((jobId) => `job ${jobId} is on the bus, and no client knows of it`),
  ]
}

const ofType = (job: Job, type: string): readonly ReadFact[] => job.facts.filter((fact) => fact.type === type)

function brokenOfJob(job: Job, evidence: Evidence): readonly string[] {
  const isDeleted = job.decisions.has('JobDeleted')
  return [...brokenTasks(job), ...(isDeleted ? leftOver(job, evidence) : brokenObjects(job, evidence))]
}

function brokenTasks(job: Job): readonly string[] {
  const isOver = job.decisions.has('JobCancelled') || job.decisions.has('JobDeleted')
  const planned = new Map(ofType(job, 'TaskPlanned').map(({ data }) => [data.task_id, data]))
  const ends = Map.groupBy(
    job.facts.filter(({ type }) => ENDS.has(type)),
    ({ data }) => data.task_id as string,
  )
  const broken: string[] = []
  if (ofType(job, 'JobExtracted').length === 0 && !isOver) broken.push(`job ${job.id} was never extracted`)
  for (const [taskId, { refused_code }] of planned) {
    const found = ends.get(taskId) ?? []
    if (found.length > 1)
      broken.push(
        `task ${taskId} has ${found.length} ends: ${found.map((end) => `${end.type} of attempt ${end.data.attempt} at ${end.partition}/${end.offset}`).join(', ')}`,
      )
    if (found.length === 0 && refused_code === null && job.decisions.has('JobApproved'))
      broken.push(`task ${taskId} of the approved job ${job.id} has no end`)
    if (found.length > 0 && !job.decisions.has('JobApproved'))
      broken.push(`task ${taskId} ended, and nobody approved it`)
  }
  for (const taskId of ends.keys())
    if (!planned.has(taskId)) broken.push(`task ${taskId} ended, and nobody planned it`)
  return broken
}

const leftOver = (job: Job, { objects }: Evidence): readonly string[] =>
  objects
    .filter(({ key }) => key.startsWith(`jobs/${job.id}/`))
    .map(({ key }) => `${key} was left behind by a deletion`)

/** What lies there is what the facts name, and nothing else: one result for each task that was completed. */
function brokenObjects(job: Job, { objects, originals }: Evidence): readonly string[] {
  const mine = objects.filter(({ key }) => key.startsWith(`jobs/${job.id}/`))
  const named = new Map<string, string | undefined>()
  for (const { data } of ofType(job, 'TaskCompleted')) {
    named.set(data.output_key, data.output_sha256)
    named.set(data.document_key, undefined)
  }
  for (const { data } of ofType(job, 'JobPacked')) named.set(data.output_key, data.output_sha256)
  const there = new Map(mine.map(({ key, sha256 }) => [key, sha256]))
  const broken: string[] = []
  for (const [key, sha256] of named) {
    const found = there.get(key)
    if (found === undefined) broken.push(`${key} is named by a fact and is not there`)
    else if (sha256 !== undefined && found !== sha256) broken.push(`${key} is not what its fact says`)
  }
  for (const { key, sha256 } of mine) {
    const isResult = key.includes('/output/') || key.endsWith('/packed')
    if (isResult && !named.has(key)) broken.push(`${key} is a result that no fact names`)
    if (isResult && originals.has(sha256)) broken.push(`${key} is an original`)
    if (key.includes('/parts/')) broken.push(`${key} should have gone when its film was done`)
    if (key.endsWith('/source')) broken.push(`${key} should have gone when it was unpacked`)
  }
  return broken
}

/** The same picture comes out the same, whoever worked on it and whatever happened meanwhile. */
function differingResults(jobs: readonly Job[]): readonly string[] {
  const results = new Map<string, Set<string>>()
  for (const job of jobs) {
    const names = new Map(ofType(job, 'TaskPlanned').map(({ data }) => [data.task_id, data.file_name]))
    for (const { data } of ofType(job, 'TaskCompleted')) {
      const of = `${job.input} ${names.get(data.task_id)}`
      results.set(of, (results.get(of) ?? new Set()).add(data.output_sha256))
    }
  }
  return [...results]
    .filter(([, hashes]) => hashes.size > 1)
    .map(([of, hashes]) => `${of} came out in ${hashes.size} ways`)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0)

/** Grants less what finished tasks cost, as the topics tell it, is what the account has; nothing stays held. */
function brokenLedger(
  { credits, jobs: decided, balance }: Evidence,
  jobs: readonly Job[],
): readonly string[] {
  const granted = sum(distinct(credits).map(({ data }) => Number(data.credits)))
  const captured = sum(jobs.flatMap((job) => ofType(job, 'TaskCompleted').map(capturedBy)))
  const broken: string[] = []
  for (const { jobId, data } of distinct(decided).filter(({ type }) => type === 'JobApproved')) {
    const job = jobs.find(({ id }) => id === jobId)
    const runnable = job === undefined ? [] : ofType(job, 'TaskPlanned').filter(isRunnable)
    const cost = sum(runnable.map(capturedBy))
    if (Number(data.held_credits) !== cost)
      broken.push(`job ${jobId} held ${data.held_credits} credits for tasks of ${cost}`)
  }
  if (balance.spent !== captured) broken.push(`${balance.spent} credits were spent, results cost ${captured}`)
  if (balance.held !== 0) broken.push(`${balance.held} credits are still held`)
  if (balance.available !== granted - captured)
    broken.push(`${balance.available} credits are left of ${granted} with ${captured} captured`)
  return broken
}
const capturedBy = ({ data }: ReadFact): number => Number(data.credit_cost)
const isRunnable = ({ data }: ReadFact): boolean => data.refused_code === null

/** How much was looked at, for the line that a run prints. */
export function countsOf({ acknowledged, outcomes, objects }: Evidence): Readonly<Record<string, number>> {
  const ends = distinct(outcomes).filter(({ type }) => ENDS.has(type))
  const repeated = outcomes.length - distinct(outcomes).length
  const told = (what: Acknowledged['what']) => acknowledged.filter((a) => a.what === what).length
  return {
    submitted: told('submitted'),
    approved: told('approved'),
    cancelled: told('cancelled'),
    deleted: told('deleted'),
    ended: ends.length,
    failed: ends.filter(({ type }) => type === 'TaskFailed').length,
    begunAgain: ofKind(outcomes, 'TaskStarted') - new Set(idsOf(outcomes, 'TaskStarted')).size,
    repeatedRecords: repeated,
    objects: objects.length,
  }
}
const ofKind = (facts: readonly ReadFact[], type: string): number =>
  distinct(facts).filter((fact) => fact.type === type).length
const idsOf = (facts: readonly ReadFact[], type: string): readonly string[] =>
  facts.filter((fact) => fact.type === type).map(({ data }) => data.task_id)
