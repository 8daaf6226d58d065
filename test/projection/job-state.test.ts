import { expect, test } from 'vitest'
import { runningProgress } from '#gateway/pure/job-facts.ts'
import { type JobCounts, jobStatus, taskStatus } from '#schemas/job-state.ts'
import { STATUS } from '#schemas/status.ts'
import type { JobFields, TaskFields } from '#schemas/views.ts'

const none: JobCounts = { started: 0, completed: 0, failed: 0, cancelled: 0 }
const picture: JobFields = {
  account_id: 'a',
  input_kind: 'picture',
  needs_approval: 'true',
  created_at_ms: '1',
}
const archive: JobFields = { ...picture, input_kind: 'archive' }
const listed: JobFields = { ...archive, task_count: '4', extracted_at_ms: '2' }
const approved: JobFields = { ...listed, approved_at_ms: '3' }
const packed: JobFields = { ...approved, packed_at_ms: '9' }
const counts = (some: Partial<JobCounts>): JobCounts => ({ ...none, ...some })

test.each<[string, JobFields, JobCounts, number]>([
  ['a new job waits for approval', picture, none, STATUS.waitingForApproval],
  ['a listed job waits for approval', listed, none, STATUS.waitingForApproval],
  ['an approved job is queued', approved, none, STATUS.queued],
  ['a job that needs no approval is queued', { ...picture, needs_approval: 'false' }, none, STATUS.queued],
  ['a job with a started task is processed', approved, counts({ started: 1 }), STATUS.processing],
  ['a job with an ended task is processed', approved, counts({ completed: 1 }), STATUS.processing],
  ['a refused member alone is no processing', approved, counts({ failed: 1 }), STATUS.queued],
  ['all ended but not packed is processed', approved, counts({ completed: 4 }), STATUS.processing],
  ['all ended and packed is completed', packed, counts({ completed: 3, failed: 1 }), STATUS.completed],
  ['a picture needs no packing', { ...picture, task_count: '1' }, counts({ completed: 1 }), STATUS.completed],
  ['none completed is failed', approved, counts({ failed: 3, cancelled: 1 }), STATUS.failed],
  ['all cancelled one by one is cancelled', approved, counts({ cancelled: 4 }), STATUS.cancelled],
  ['a refused input is failed', { ...archive, refused_code: 'ARCHIVE_EMPTY' }, none, STATUS.failed],
  [
    'a cancelled job is cancelled, whatever ended',
    { ...packed, cancelled_at_ms: '5' },
    counts({ completed: 4 }),
    STATUS.cancelled,
  ],
  [
    'facts that come before the listing end nothing',
    { ...archive },
    counts({ completed: 4 }),
    STATUS.processing,
  ],
])('%s', (_, job, sizes, status) => {
  expect(jobStatus(job, sizes).status).toBe(status)
})

test('a job with a failed task is never reported clean', () => {
  for (const job of [picture, listed, approved, packed, { ...packed, cancelled_at_ms: '5' }])
    for (const failed of [1, 2, 4]) {
      const state = jobStatus(job, counts({ completed: 4 - failed, failed }))
      expect(state.hasErrors).toBe(true)
    }
  expect(jobStatus(packed, counts({ completed: 3, failed: 1 })).detail).toBe('Completed, 1 of 4 files failed')
  expect(jobStatus(packed, counts({ completed: 4 }))).toMatchObject({ hasErrors: false, detail: 'Completed' })
})

test('a job has an end exactly when it is terminal', () => {
  const ended = { ...packed, last_task_ended_at_ms: '7' }
  expect(jobStatus(ended, counts({ completed: 4 })).endedAtMs).toBe(9)
  expect(jobStatus(ended, counts({ completed: 3 })).endedAtMs).toBeNull()
  expect(jobStatus({ ...archive, refused_code: 'X', refused_at_ms: '4' }, none).endedAtMs).toBe(4)
})

test('progress counts ended files and the running ones in part', () => {
  expect(jobStatus(approved, counts({ completed: 1, started: 2 }), 0.5).progress).toBeCloseTo(1.5 / 4)
  expect(jobStatus(packed, counts({ completed: 4 })).progress).toBe(1)
})

const started: TaskFields = { job_id: 'j', attempt: '1', started_at_ms: '5' }
test.each<[string, JobFields, TaskFields, number]>([
  ['a task of a new job waits', listed, { job_id: 'j' }, STATUS.waitingForApproval],
  ['a task of an approved job is queued', approved, { job_id: 'j' }, STATUS.queued],
  ['a started task is processed', approved, started, STATUS.processing],
  ['a completed task is completed', approved, { ...started, completed_at_ms: '6' }, STATUS.completed],
  ['a failed task is failed', approved, { ...started, failure_code: 'MEDIA_UNREADABLE' }, STATUS.failed],
  ['a refused member is failed', listed, { job_id: 'j', refused_code: 'ARCHIVE_NESTED' }, STATUS.failed],
  [
    'a task asked to stop is cancelled at once',
    approved,
    { ...started, cancel_requested_at_ms: '6' },
    STATUS.cancelled,
  ],
  [
    'a task of a cancelled job is cancelled',
    { ...approved, cancelled_at_ms: '6' },
    started,
    STATUS.cancelled,
  ],
  [
    'a task completed before the cancellation stays completed',
    { ...approved, cancelled_at_ms: '6' },
    { ...started, completed_at_ms: '5' },
    STATUS.completed,
  ],
  [
    'the task of a refused input is failed',
    { ...picture, refused_code: 'TYPE_UNKNOWN' },
    { job_id: 'j' },
    STATUS.failed,
  ],
])('%s', (_, job, task, status) => {
  expect(taskStatus(job, task).status).toBe(status)
})

test('a running task tells how far it ever was, and the speed and time of its present attempt', () => {
  const told = { attempt: 2, progress: 0.4, frames_per_second: 12, eta_seconds: 3, at_ms: 1 }
  const task = { ...started, attempt: '2', progress: JSON.stringify(told) }
  expect(taskStatus(approved, task)).toMatchObject({ progress: 0.4, framesPerSecond: 12, etaSeconds: 3 })
  const again = { ...task, attempt: '3', furthest: '0.4' }
  expect(taskStatus(approved, again)).toMatchObject({
    progress: 0.4,
    framesPerSecond: null,
    etaSeconds: null,
  })
  expect(taskStatus(approved, { ...task, furthest: '0.7' })).toMatchObject({ progress: 0.7, etaSeconds: 3 })
})

test('a job counts each unfinished task as far as it ever was', () => {
  const fields = { ...started, attempt: '3', furthest: '0.4' }
  const done = { ...fields, completed_at_ms: '9' }
  expect(runningProgress([fields, fields, done].map((each) => ({ taskId: 't', fields: each })))).toBe(0.8)
})

test('a failed task tells its code and its reason', () => {
  const task = { ...started, failure_code: 'MEDIA_UNREADABLE', failure_detail: 'broken', failed_at_ms: '8' }
  expect(taskStatus(approved, task)).toMatchObject({
    code: 'MEDIA_UNREADABLE',
    detail: 'broken',
    endedAtMs: 8,
  })
})
