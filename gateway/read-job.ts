// Reads a job or a task for the account that asks: views for the facts, the decision for who may and what stands.
import { TransientFailure } from '#runtime/failure.ts'
import type { Together } from '#runtime/state/read-together.ts'
import type { Member } from '#runtime/views/views.ts'
import { taskId as derivedTaskId } from '#schemas/ids.ts'
import type { JobCounts } from '#schemas/job-state.ts'
import { type Decision, decisionKey, decisionSchema, taskCancelKey, taskJobKey } from '#schemas/state-keys.ts'
import {
  type JobFields,
  jobDoc,
  jobEndedSet,
  jobStartedSet,
  jobTasksSet,
  type TaskFields,
  taskDoc,
  viewsReadyDoc,
} from '#schemas/views.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { Known } from './pure/decision-step.ts'
import {
  decidedFields,
  expectedTask,
  type JobFacts,
  type KnownTask,
  runningProgress,
} from './pure/job-facts.ts'
import { standing } from './pure/known-decision.ts'
import { isId, parsedEntry, readJobEntries } from './read-entries.ts'

/** Up to so many tasks, each one's progress counts for the job's; with more, the finished ones tell enough. */
const MAX_TASKS_FOR_PROGRESS = 50
/** So many task documents are read at once. */
const CHUNK = 500

type Ports = Pick<GatewayParts, 'store' | 'views' | 'together' | 'clock'>
type Doc = Readonly<Record<string, string>> | undefined

export interface ReadJob extends JobFacts {
  readonly decision: Decision
  /** Whether its tasks were asked, too: then it may change without what was found of the job itself. */
  readonly restsOnTasks: boolean
}

/**
 * The decision about a job that this account may know of and that is not deleted. Without an account a signed link
 * vouches for whoever holds it.
 */
export async function visibleDecision(
  ports: Ports,
  accountId: string | undefined,
  jobId: string,
): Promise<Decision | undefined> {
  if (!isId(jobId)) return undefined
  const { decision } = await readJobEntries(ports.store, jobId)
  return visible(accountId, decision)
}

function visible(accountId: string | undefined, decision: Known<Decision> | undefined): Decision | undefined {
  const stands = standing(accountId ?? decision?.value.account_id ?? '', decision)
  return stands.is === 'open' || stands.is === 'cancelled' ? stands.known.value : undefined
}

/**
 * Documents of the views.
 * @throws {TransientFailure} VIEWS_REBUILDING while the views are being built anew: what is missing may yet come.
 */
export async function readDocs(
  { views }: Pick<Ports, 'views'>,
  docs: readonly string[],
): Promise<readonly Doc[]> {
  const [ready, ...found] = await views.readMany([viewsReadyDoc, ...docs])
  if (ready !== undefined) return found
  throw viewsRebuilding()
}

const viewsRebuilding = (): TransientFailure =>
  new TransientFailure('VIEWS_REBUILDING', 'What is known of the jobs is being put together anew; try again')

const setsOfCounts = (jobId: string): string[] => [
  jobStartedSet(jobId),
  jobEndedSet(jobId, 'completed'),
  jobEndedSet(jobId, 'failed'),
  jobEndedSet(jobId, 'cancelled'),
]

function countsOf([started = 0, completed = 0, failed = 0, cancelled = 0]: readonly number[]): JobCounts {
  return { started, completed, failed, cancelled }
}

export const readCounts = async ({ views }: Pick<Ports, 'views'>, jobId: string): Promise<JobCounts> =>
  countsOf(await views.countMany(setsOfCounts(jobId)))

/** What tells how a job stands, by one question. The id must be one of ours. */
export const askForJob = ({ together }: Pick<Ports, 'together'>, jobId: string): Promise<Together> =>
  together({
    entries: [decisionKey(jobId)],
    docs: [viewsReadyDoc, jobDoc(jobId)],
    sets: setsOfCounts(jobId),
  })

/** The job in what was found, or undefined when it is unknown to this account or deleted. */
export async function jobIn(
  ports: Ports,
  found: Together,
  { accountId, jobId }: { readonly accountId: string | undefined; readonly jobId: string },
): Promise<ReadJob | undefined> {
  const { entries, views } = found.read()
  const decision = visible(accountId, parsedEntry(decisionSchema, entries[0]))
  if (decision === undefined) return undefined
  const [ready, view] = views?.docs ?? []
  if (views === undefined || ready === undefined) throw viewsRebuilding()
  const counts = countsOf(views.counts)
  const fields = decidedFields(view ?? {}, decision, ports.clock.now())
  const restsOnTasks = hangsOnTasks(fields, counts)
  const tasks = restsOnTasks ? await readTasks(ports, jobId, decision) : []
  return { jobId, decision, fields, counts, runningProgress: runningProgress(tasks), restsOnTasks }
}

/** A job, or undefined when it is unknown to this account or deleted. */
export const readJob = async (
  ports: Ports,
  accountId: string | undefined,
  jobId: string,
): Promise<ReadJob | undefined> =>
  isId(jobId) ? jobIn(ports, await askForJob(ports, jobId), { accountId, jobId }) : undefined

/** Whether tasks that run make part of the job's progress. */
function hangsOnTasks(fields: JobFields, counts: JobCounts): boolean {
  const tasks = Number(fields.task_count ?? 1)
  const ended = counts.completed + counts.failed + counts.cancelled
  return counts.started > 0 && ended < tasks && tasks <= MAX_TASKS_FOR_PROGRESS
}

/** All tasks of a job, by their index in the input. */
export async function readTasks(
  ports: Ports,
  jobId: string,
  decision: Decision,
): Promise<readonly KnownTask[]> {
  const found: KnownTask[] = []
  for (let last: Member | undefined; ; ) {
    const after = last === undefined ? {} : { after: last }
    const members = await ports.views.members(jobTasksSet(jobId), { order: 'up', limit: CHUNK, ...after })
    const docs = await ports.views.readMany(members.map(({ member }) => taskDoc(member)))
    for (const [index, { member }] of members.entries())
      found.push({ taskId: member, fields: docs[index] ?? {} })
    last = members.at(-1)
    if (members.length < CHUNK) break
  }
  if (found.length > 0 || decision.input_kind === 'archive') return found
  return [{ taskId: derivedTaskId(jobId, 0), fields: expectedTask(decision, jobId) }]
}

export interface ReadTask {
  readonly jobId: string
  readonly decision: Decision
  readonly job: JobFields
  readonly task: KnownTask
}

/** A task with its job, or undefined when it is unknown to this account or its job is deleted. */
export async function readTask(
  ports: Ports,
  accountId: string | undefined,
  taskId: string,
): Promise<ReadTask | undefined> {
  if (!isId(taskId)) return undefined
  const [[view], [job, cancel]] = await Promise.all([
    readDocs(ports, [taskDoc(taskId)]),
    ports.store.getMany([taskJobKey(taskId), taskCancelKey(taskId)]),
  ])
  const fields: TaskFields = view ?? {}
  const jobId = fields.job_id ?? (job === undefined ? undefined : String(JSON.parse(job.value)))
  if (jobId === undefined) return undefined
  const decision = await visibleDecision(ports, accountId, jobId)
  if (decision === undefined) return undefined
  const jobView = await ports.views.read(jobDoc(jobId))
  const now = ports.clock.now()
  const asked = cancel !== undefined && fields.cancel_requested_at_ms === undefined
  const task: TaskFields = {
    ...(view ?? expectedTask(decision, jobId)),
    ...(asked ? { cancel_requested_at_ms: String(now) } : {}),
  }
  return { jobId, decision, job: decidedFields(jobView ?? {}, decision, now), task: { taskId, fields: task } }
}
