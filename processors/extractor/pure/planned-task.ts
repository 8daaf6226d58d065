// Turns what was found out about a file into its line of the job's plan.
import { taskId } from '#schemas/ids.ts'
import { inputKey } from '#schemas/object-keys.ts'
import type { PlannedTask } from '#schemas/plan.ts'
import { creditCost } from './price.ts'
import type { Refusal } from './refusal.ts'

/** The part of an extracted file that a plan keeps. */
export interface FoundFile {
  readonly index: number
  readonly fileName: string
  readonly bytes: number
  readonly mediaKind: 'picture' | 'film' | null
  readonly extension: string
  readonly width: number | null
  readonly height: number | null
  readonly frames: number | null
  readonly durationSeconds: number | null
  readonly refused: Refusal | null
}

/** @param sha256 of the stored bytes, lower-case hex; '' where nothing was stored */
export function plannedTask(jobId: string, file: FoundFile, sha256: string): PlannedTask {
  const id = taskId(jobId, file.index)
  const { width, height, mediaKind } = file
  const runnable = file.refused === null && mediaKind !== null && width !== null && height !== null
  return {
    task_id: id,
    task_index: file.index,
    file_name: file.fileName,
    media_kind: mediaKind,
    extension: file.extension,
    input_key: inputKey(jobId, id),
    input_sha256: sha256,
    bytes: file.bytes,
    width,
    height,
    frames: file.frames,
    duration_seconds: file.durationSeconds,
    credit_cost: runnable ? creditCost({ ...file, mediaKind, width, height }) : 0,
    refused: file.refused && { code: file.refused.code, detail: file.refused.detail },
  }
}
