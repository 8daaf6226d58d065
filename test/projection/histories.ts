// Generates the facts of whole jobs, as the rooms would write them, for tests that shuffle and repeat them.
import fc from 'fast-check'
import type { Event, EventData, EventType } from '#schemas/events/event-types.ts'
import { eventId, taskId } from '#schemas/ids.ts'

export const ACCOUNT = 'account-1'
const START_MS = 1_764_000_000_000

/** One event at a second of the job's life. */
export function factOf<T extends EventType>(
  type: T,
  jobId: string,
  second: number,
  data: EventData<T>,
): Event {
  return {
    event_id: eventId(type, jobId, second),
    occurred_at_ms: START_MS + second * 1000,
    account_id: ACCOUNT,
    job_id: jobId,
    type,
    data,
    // Type and data belong together by the signature.
  } as Event
}

export const submittedFact = (jobId: string, kind: 'picture' | 'film' | 'archive', second = 0): Event =>
  factOf('JobSubmitted', jobId, second, {
    input_file: `/syntonym/jobs/${jobId}.bin`,
    source: `/syntonym/jobs/${jobId}.bin`,
    input_kind: kind,
    model: 'blur',
    model_config: '{"blur_face":true}',
    needs_approval: true,
    metered: true,
    user_tag: null,
  })

const plannedFact = (jobId: string, index: number, second: number, refusedCode: string | null): Event =>
  factOf('TaskPlanned', jobId, second, {
    task_id: taskId(jobId, index),
    task_index: index,
    file_name: `näme-${index}.jpg`,
    media_kind: refusedCode === null ? 'picture' : null,
    bytes: 1000 + index,
    width: 640,
    height: 480,
    frames: 1,
    duration_seconds: null,
    credit_cost: 1,
    refused_code: refusedCode,
    refused_detail: refusedCode === null ? null : 'refused',
  })

type End = 'completed' | 'failed' | 'cancelled' | 'none'

function endFact(jobId: string, index: number, attempt: number, end: End): Event[] {
  const task_id = taskId(jobId, index)
  if (end === 'completed')
    return [
      factOf('TaskCompleted', jobId, 900 + index, {
        task_id,
        attempt,
        output_key: `jobs/${jobId}/output/${task_id}/${attempt}/result`,
        output_sha256: 'ab',
        output_bytes: 99,
        output_extension: '.jpg',
        document_key: 'd',
        faces: 2,
        plates: 1,
        frames: 1,
        credit_cost: 1,
        report: '{}',
        processing_seconds: 0.5,
      }),
    ]
  if (end === 'failed')
    return [
      factOf('TaskFailed', jobId, 900 + index, {
        task_id,
        attempt,
        code: 'MEDIA_UNREADABLE',
        detail: 'x',
        credit_cost: 1,
      }),
    ]
  if (end === 'cancelled')
    return [factOf('TaskCancelled', jobId, 900 + index, { task_id, attempt, credit_cost: 1 })]
  return []
}

interface TaskStory {
  readonly refused: boolean
  readonly attempts: number
  readonly end: End
  readonly cancelAsked: boolean
}

function taskFacts(jobId: string, index: number, story: TaskStory): Event[] {
  const task_id = taskId(jobId, index)
  // A second extraction plans the same task again, at another time.
  const plans = [10, 20].map((s) => plannedFact(jobId, index, s, story.refused ? 'MEDIA_UNREADABLE' : null))
  if (story.refused) return plans
  const runs = Array.from({ length: story.attempts }, (_, i) => i + 1).flatMap((attempt) => [
    factOf('TaskStarted', jobId, 100 * attempt, { task_id, attempt }),
    ...[0.1, 0.5, 1].map((progress) =>
      factOf('TaskProgressed', jobId, 100 * attempt + progress * 10, {
        task_id,
        attempt,
        progress,
        frames_per_second: 10 * attempt,
        eta_seconds: 1 - progress,
      }),
    ),
  ])
  const asked = story.cancelAsked ? [factOf('TaskCancelRequested', jobId, 850, { task_id })] : []
  return [
    ...plans,
    ...runs,
    ...asked,
    ...(story.attempts > 0 ? endFact(jobId, index, story.attempts, story.end) : []),
  ]
}

const taskStory: fc.Arbitrary<TaskStory> = fc.record({
  refused: fc.boolean(),
  attempts: fc.integer({ min: 0, max: 3 }),
  end: fc.constantFrom<End>('completed', 'failed', 'cancelled', 'none'),
  cancelAsked: fc.boolean(),
})

const extractedFact = (jobId: string, count: number): Event =>
  factOf('JobExtracted', jobId, 30, {
    task_count: count,
    total_credit_cost: count,
    estimated_seconds: 1.5,
    plan_key: `jobs/${jobId}/plan.jsonl`,
    archive_format: 'zip',
  })

/** All facts of one job in the order of their times. */
export const jobHistory = (jobId: string): fc.Arbitrary<Event[]> =>
  fc
    .record({
      tasks: fc.array(taskStory, { minLength: 1, maxLength: 4 }),
      refused: fc.boolean(),
      approved: fc.boolean(),
      cancelled: fc.boolean(),
      packed: fc.boolean(),
      deleted: fc.boolean(),
    })
    .map((story) => [
      submittedFact(jobId, story.tasks.length > 1 ? 'archive' : 'picture'),
      ...(story.refused
        ? [factOf('JobRefused', jobId, 30, { code: 'ARCHIVE_EMPTY', detail: 'nothing in it' })]
        : [
            ...story.tasks.flatMap((task, i) => taskFacts(jobId, i, task)),
            extractedFact(jobId, story.tasks.length),
          ]),
      ...(story.approved ? [factOf('JobApproved', jobId, 40, { held_credits: 3 })] : []),
      ...(story.cancelled ? [factOf('JobCancelled', jobId, 50, {})] : []),
      ...(story.packed
        ? [
            factOf('JobPacked', jobId, 999, {
              output_key: 'k',
              output_sha256: 'cd',
              output_bytes: 5,
              output_extension: '.zip',
            }),
          ]
        : []),
      ...(story.deleted ? [factOf('JobDeleted', jobId, 1_000, {})] : []),
    ])

/** The same facts, some of them several times, in any order. */
export const disturbed = (events: readonly Event[]): fc.Arbitrary<Event[]> =>
  fc.tuple(fc.subarray([...events]), fc.subarray([...events])).chain(([again, andAgain]) => {
    const all = [...events, ...again, ...andAgain]
    return fc.shuffledSubarray(all, { minLength: all.length })
  })
