// Makes a submitted input into stored files and a plan, or into a refusal with a code; nothing is decided here.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { failureKind, PermanentFailure } from '#runtime/failure.ts'
import { inSetSpans, inSpan } from '#runtime/trace.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { taskId } from '#schemas/ids.ts'
import { inputKey, planKey, sourceKey, submissionKey } from '#schemas/object-keys.ts'
import type { PlannedTask, Submission } from '#schemas/plan.ts'
import { type ExtractedFile, extractFile } from '../extract-file.ts'
import type { Extracted } from '../pure/extraction-step.ts'
import type { JobOrigin, PlanTotals } from '../pure/job-facts.ts'
import { extensionOf } from '../pure/media-types.ts'
import { NO_TASKS, withTask } from '../pure/plan-totals.ts'
import { plannedTask } from '../pure/planned-task.ts'
import type { Refusal } from '../pure/refusal.ts'
import { submittedName } from '../pure/submitted-name.ts'
import type { ExtractorPorts } from './extractor-ports.ts'
import { fetchSource } from './fetch-source.ts'
import { readPlanFile, writePlanFile } from './plan-object.ts'
import { publishPlanned } from './publish-tasks.ts'
import { storeMembers } from './store-members.ts'

type JobSubmitted = EventOf<'JobSubmitted'>

/** A span for each member would drown the trace of a large archive. */
const MEMBERS_IN_SPAN = 100

const isArchive = (event: JobSubmitted): boolean => event.data.input_kind === 'archive'

/** Where the input is stored: a single file is its task's input already. */
export const inputObjectKey = (event: JobSubmitted): string =>
  isArchive(event) ? sourceKey(event.job_id) : inputKey(event.job_id, taskId(event.job_id, 0))

const originOf = (ports: ExtractorPorts, event: JobSubmitted): JobOrigin => ({
  accountId: event.account_id,
  jobId: event.job_id,
  nowMs: ports.clock.now(),
})

async function storeSubmission(ports: ExtractorPorts, event: JobSubmitted): Promise<void> {
  const submission: Submission = {
    model: event.data.model,
    model_config: event.data.model_config,
    submitted_at_ms: event.occurred_at_ms,
  }
  await ports.objects.put(submissionKey(event.job_id), Readable.from([JSON.stringify(submission)]))
}

async function* counted(
  tasks: AsyncIterable<PlannedTask>,
  count: (task: PlannedTask) => void,
): AsyncGenerator<PlannedTask> {
  for await (const task of tasks) {
    count(task)
    yield task
  }
}

/** Stores the plan and tells its tasks: objects before facts, facts before the entry. */
async function plan(
  ports: ExtractorPorts,
  event: JobSubmitted,
  from: { tasks: AsyncIterable<PlannedTask>; archiveFormat: PlanTotals['archiveFormat']; folder: string },
): Promise<Extracted> {
  const path = join(from.folder, 'plan.jsonl')
  let totals: PlanTotals = { ...NO_TASKS, archiveFormat: from.archiveFormat }
  const tasks = counted(from.tasks, (task) => {
    totals = withTask(totals, task)
  })
  await writePlanFile(path, tasks)
  await inSpan('tell plan', { 'syntonym.tasks': totals.taskCount }, async () => {
    await ports.objects.putFile(planKey(event.job_id), path)
    await publishPlanned(ports, originOf(ports, event), readPlanFile(path))
  })
  return { verdict: 'planned', totals }
}

/** A single file is one task whose bytes are stored already; a refused one leaves nothing behind. */
async function* singleTask(ports: ExtractorPorts, event: JobSubmitted, file: ExtractedFile, sha256: string) {
  if (file.refused) await ports.objects.delete(inputObjectKey(event))
  yield plannedTask(event.job_id, file, file.refused ? '' : sha256)
}

function refusedFile(event: JobSubmitted, refused: Refusal, bytes: number): ExtractedFile {
  const fileName = submittedName(event.data.input_file)
  const unknown = { width: null, height: null, frames: null, durationSeconds: null, mediaKind: null }
  return { index: 0, fileName, path: null, bytes, extension: extensionOf(fileName), ...unknown, refused }
}

async function first(files: AsyncIterable<ExtractedFile>): Promise<ExtractedFile> {
  for await (const file of files) return file
  throw new Error('an extraction without a file')
}

async function open(
  ports: ExtractorPorts,
  event: JobSubmitted,
  folder: string,
  signal: AbortSignal,
): Promise<Extracted> {
  const inbox = await mkdtemp(join(ports.prober.inbox, 'source-'))
  try {
    const path = join(inbox, 'source')
    const { sources } = ports
    const from = { source: event.data.source, key: inputObjectKey(event), sources }
    const at = { 'syntonym.job_id': event.job_id, 'syntonym.kind': event.data.input_kind }
    const source = await inSpan('fetch source', at, () => fetchSource(ports.objects, from, { path, signal }))
    await using extraction = await inSpan('open file', at, () =>
      extractFile({
        ...{ path, fileName: submittedName(event.data.input_file), workFolder: folder, signal },
        ...{ box: ports.box, limits: ports.limits, prober: ports.prober, scope: event.account_id },
      }),
    )
    const { archiveFormat, files } = extraction
    if (archiveFormat !== null) {
      const stored = storeMembers(ports.objects, event.job_id, files, signal)
      const tasks = inSetSpans('unpack and store members', MEMBERS_IN_SPAN, stored)
      return await plan(ports, event, { tasks, archiveFormat, folder })
    }
    const file = await first(files)
    // An archive that is none: there is no member to tell about.
    if (isArchive(event) && file.refused) throw new PermanentFailure(file.refused.code, file.refused.detail)
    const tasks = singleTask(ports, event, file, source.sha256)
    return await plan(ports, event, { tasks, archiveFormat, folder })
  } finally {
    await rm(inbox, { recursive: true, force: true })
  }
}

/** An archive is refused as a whole; a single file is told as its one failed task. */
async function refuse(
  ports: ExtractorPorts,
  event: JobSubmitted,
  refused: Refusal,
  folder: string,
): Promise<Extracted> {
  if (isArchive(event)) return { verdict: 'refused', code: refused.code, detail: refused.detail }
  const file = refusedFile(event, refused, 0)
  await rm(join(folder, 'plan.jsonl'), { force: true })
  return await plan(ports, event, {
    tasks: singleTask(ports, event, file, ''),
    archiveFormat: null,
    folder,
  })
}

/**
 * Everything up to the decision. Doing it again replaces the same objects and repeats the same facts.
 * @throws {TransientFailure}, the signal's reason
 */
export async function extractJob(
  ports: ExtractorPorts,
  event: JobSubmitted,
  options: { readonly starts: number; readonly signal: AbortSignal },
): Promise<Extracted> {
  const folder = await mkdtemp(join(ports.workFolder, 'job-'))
  try {
    await storeSubmission(ports, event)
    if (options.starts > ports.timing.unexplainedStarts) {
      const code = 'WORKER_DIED'
      return await refuse(
        ports,
        event,
        { code, detail: 'Opening the file ended its process again and again.' },
        folder,
      )
    }
    return await open(ports, event, folder, options.signal)
  } catch (error) {
    options.signal.throwIfAborted()
    const failure = failureKind(error)
    if (failure.kind !== 'permanent') throw error
    const { code, detail } = failure
    ports.log.info({ job_id: event.job_id, code }, 'the input is refused')
    return await refuse(ports, event, { code: code as Refusal['code'], detail }, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
