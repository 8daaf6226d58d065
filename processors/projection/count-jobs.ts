// Counts jobs and tasks by state and model from the views, and moves the jobs that are over out of the way of the next count.
import type { Member, Views } from '#runtime/views/views.ts'
import { HIDE_MODELS, type HideModel } from '#schemas/model-config.ts'
import {
  deletedJobDoc,
  endedJobsSet,
  endedJobsSets,
  jobDoc,
  jobEndedSet,
  jobRefusedSet,
  jobStartedSet,
  openJobsSet,
  viewsReadyDoc,
} from '#schemas/views.ts'
import {
  type CountedJob,
  ENDED_STATES,
  type EndedState,
  type JobPlace,
  jobPlace,
  OPEN_STATES,
  type OpenState,
} from './pure/job-places.ts'

/** How many are in each state, by model; every pair of the closed sets is there. */
export interface JobCensus {
  readonly jobs: Readonly<Record<HideModel, Readonly<Record<OpenState | EndedState, number>>>>
  /** Of jobs that are not over. */
  readonly tasks: Readonly<Record<HideModel, Readonly<Record<OpenState, number>>>>
  /** Milliseconds since 1970 UTC: since when the job that waits longest is queued; null where none is. */
  readonly queuedSinceMs: Readonly<Record<HideModel, number | null>>
}
type Counts<S extends string> = Record<HideModel, Record<S, number>>
type EndedJob = Extract<JobPlace, { is: 'ended' }> & { readonly job: string }

/** Jobs whose documents are read at once. */
const PAGE = 200

const zeros = <S extends string>(states: readonly S[]): Counts<S> => {
  const none = (): Record<S, number> =>
    // Every state of the list is a key.
    Object.fromEntries(states.map((state) => [state, 0])) as Record<S, number>
  return { blur: none(), syn: none() }
}

/**
 * Every job is read until it is over: the cost grows with the jobs that are not. Undefined while the views are being
 * built anew or after the signal aborted.
 * @throws {TransientFailure} where the store does not answer
 */
export async function countJobs(views: Views, signal: AbortSignal): Promise<JobCensus | undefined> {
  if ((await views.read(viewsReadyDoc)) === undefined) return undefined
  const jobs = zeros([...OPEN_STATES, ...ENDED_STATES])
  const tasks = zeros(OPEN_STATES)
  const queuedSinceMs: Record<HideModel, number | null> = { blur: null, syn: null }
  let after: Member | undefined
  do {
    if (signal.aborted) return undefined
    const options = { order: 'up', limit: PAGE, ...(after ? { after } : {}) } as const
    const page = await views.members(openJobsSet, options)
    const places = await placesOf(views, page)
    const over: EndedJob[] = []
    for (const [index, place] of places.entries()) {
      const job = page[index]?.member ?? ''
      if (place.is === 'ended') over.push({ ...place, job })
      if (place.is !== 'open') continue
      jobs[place.model][place.state]++
      for (const state of OPEN_STATES) tasks[place.model][state] += place.tasks[state]
      queuedSinceMs[place.model] = earlier(queuedSinceMs[place.model], place.queuedSinceMs)
    }
    if (over.length > 0) await moveOver(views, over)
    after = page.length === PAGE ? page.at(-1) : undefined
  } while (after !== undefined)
  await countEnded(views, jobs)
  return { jobs, tasks, queuedSinceMs }
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)

async function placesOf(views: Views, page: readonly Member[]): Promise<JobPlace[]> {
  const sets = ({ member }: Member): string[] => [
    jobStartedSet(member),
    jobEndedSet(member, 'completed'),
    jobEndedSet(member, 'failed'),
    jobEndedSet(member, 'cancelled'),
    jobRefusedSet(member),
  ]
  const [docs, sizes] = await Promise.all([
    views.readMany(page.map(({ member }) => jobDoc(member))),
    views.countMany(page.flatMap(sets)),
  ])
  return page.map((_, index) => {
    const [started = 0, completed = 0, failed = 0, cancelled = 0, refused = 0] = sizes.slice(5 * index)
    const counts: CountedJob = { started, completed, failed, cancelled, refused }
    return jobPlace(docs[index], counts)
  })
}

/** A deletion that came meanwhile is looked for after the write: whichever is second, cleans up. */
async function moveOver(views: Views, over: readonly EndedJob[]): Promise<void> {
  await views.apply(
    over.map(({ job, state, model }) => ({
      do: 'add',
      set: endedJobsSet(state, model),
      member: job,
      score: 0,
    })),
  )
  const others = over.flatMap(({ job, state, model }) =>
    [openJobsSet, ...endedJobsSets]
      .filter((set) => set !== endedJobsSet(state, model))
      .map((set) => ({ set, member: job })),
  )
  await views.drop([], [], others)
  const tombstones = await views.readMany(over.map(({ job }) => deletedJobDoc(job)))
  const gone = over.filter((_, index) => tombstones[index] !== undefined)
  const dropped = gone.flatMap(({ job }) => endedJobsSets.map((set) => ({ set, member: job })))
  if (dropped.length > 0) await views.drop([], [], dropped)
}

async function countEnded(views: Views, jobs: Counts<OpenState | EndedState>): Promise<void> {
  const pairs = HIDE_MODELS.flatMap((model) => ENDED_STATES.map((state) => ({ model, state })))
  const sizes = await views.countMany(pairs.map(({ model, state }) => endedJobsSet(state, model)))
  for (const [index, { model, state }] of pairs.entries()) jobs[model][state] = sizes[index] ?? 0
}
