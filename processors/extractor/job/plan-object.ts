// Writes a job's plan and reads it again, line by line, however many files there are.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Objects } from '#runtime/objects/objects.ts'
import { planKey, submissionKey } from '#schemas/object-keys.ts'
import { type PlannedTask, plannedTaskSchema, type Submission, submissionSchema } from '#schemas/plan.ts'
import { linesOf } from '../lines.ts'

/** Writes the lines to a new local file, in order, as they come. */
export async function writePlanFile(path: string, tasks: AsyncIterable<PlannedTask>): Promise<void> {
  await using file = await open(path, 'wx')
  for await (const task of tasks) await file.writeFile(`${JSON.stringify(task)}\n`)
}

async function* parsed(stream: Readable): AsyncGenerator<PlannedTask> {
  for await (const line of linesOf(stream)) yield plannedTaskSchema.parse(JSON.parse(line.toString('utf8')))
}

/** The plan out of a local file. */
export const readPlanFile = (path: string): AsyncGenerator<PlannedTask> => parsed(createReadStream(path))

/** The stored plan. @throws {PermanentFailure} OBJECT_MISSING */
export async function* readPlan(objects: Objects, jobId: string): AsyncGenerator<PlannedTask> {
  yield* parsed(await objects.read(planKey(jobId)))
}

/** How the job was submitted. @throws {PermanentFailure} OBJECT_MISSING */
export async function readSubmission(objects: Objects, jobId: string): Promise<Submission> {
  const chunks: Buffer[] = []
  for await (const chunk of await objects.read(submissionKey(jobId))) chunks.push(chunk)
  return submissionSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
}

/** In groups of at most `size`. */
export async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let group: T[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
