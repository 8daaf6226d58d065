// Brings what a worker wrote to the objects, under the attempt's own keys, after making sure that they are plain files.
import { lstatSync } from 'node:fs'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import { describeSpan } from '#runtime/trace.ts'
import { attemptPrefix, documentKey, outputKey, taskOutputPrefix } from '#schemas/object-keys.ts'
import type { Attempt, Result } from '../pure/settle-events.ts'
import type { RenderReport } from '../worker/protocol.ts'
import type { TaskPaths } from '../worker/task-folder.ts'

/** A worker is no friend: what it left must be a file with something in it, not a way to other files. */
function mustBeFile(path: string, code: string): void {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (!facts?.isFile() || facts.size === 0)
    throw new PermanentFailure(code, 'The worker left no file where it said it would.')
}

/**
 * Stores the hidden file and its detection document.
 * @throws {PermanentFailure} RENDER_FAILED, DETECTION_FAILED when the worker did not write them
 */
export async function storeResult(
  objects: Objects,
  attempt: Attempt,
  from: { readonly paths: TaskPaths; readonly report: RenderReport; readonly processingSeconds: number },
): Promise<Result> {
  const { paths, report, processingSeconds } = from
  const { jobId, taskId } = attempt
  mustBeFile(paths.output, 'RENDER_FAILED')
  mustBeFile(paths.document, 'DETECTION_FAILED')
  const document = await objects.putFile(documentKey(jobId, taskId, attempt.attempt), paths.document)
  const output = await objects.putFile(outputKey(jobId, taskId, attempt.attempt), paths.output)
  describeSpan({ 'syntonym.bytes': document.bytes + output.bytes })
  return {
    outputKey: output.key,
    outputSha256: output.sha256,
    outputBytes: output.bytes,
    outputExtension: report.outputExtension,
    documentKey: document.key,
    faces: report.faces,
    plates: report.plates,
    frames: report.frames,
    facts: report.facts,
    processingSeconds,
  }
}

/** Removes what this attempt stored. */
export const removeAttempt = (objects: Objects, attempt: Attempt): Promise<void> =>
  objects.deletePrefix(attemptPrefix(attempt.jobId, attempt.taskId, attempt.attempt))

/** Removes what all attempts stored: before a new one, and where a task has ended without a result. */
export const removeAllAttempts = (objects: Objects, task: Pick<Attempt, 'jobId' | 'taskId'>): Promise<void> =>
  objects.deletePrefix(taskOutputPrefix(task.jobId, task.taskId))
