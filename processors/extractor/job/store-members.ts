// Stores the files of an input one after another, several on their way at once, and yields their plan lines in order.
import { rm } from 'node:fs/promises'
import type { Objects } from '#runtime/objects/objects.ts'
import { taskId } from '#schemas/ids.ts'
import { inputKey } from '#schemas/object-keys.ts'
import type { PlannedTask } from '#schemas/plan.ts'
import type { ExtractedFile } from '../extract-file.ts'
import { plannedTask } from '../pure/planned-task.ts'
import { UPLOADS_AT_ONCE } from './extractor-ports.ts'

async function storeMember(objects: Objects, jobId: string, file: ExtractedFile): Promise<PlannedTask> {
  if (file.path === null) return plannedTask(jobId, file, '')
  const stored = await objects.putFile(inputKey(jobId, taskId(jobId, file.index)), file.path)
  await rm(file.path)
  return plannedTask(jobId, file, stored.sha256)
}

/** Bytes before plan: a line is there when its file is stored. */
export async function* storeMembers(
  objects: Objects,
  jobId: string,
  files: AsyncIterable<ExtractedFile>,
  signal: AbortSignal,
): AsyncGenerator<PlannedTask> {
  const underWay: Promise<PlannedTask>[] = []
  try {
    for await (const file of files) {
      signal.throwIfAborted()
      const storing = storeMember(objects, jobId, file)
      // Its failure is met when its turn comes.
      storing.catch(() => undefined)
      underWay.push(storing)
      const oldest = underWay.length >= UPLOADS_AT_ONCE ? underWay.shift() : undefined
      if (oldest) yield await oldest
    }
    while (underWay.length > 0) {
      const oldest = underWay.shift()
      if (oldest) yield await oldest
    }
  } finally {
    await Promise.allSettled(underWay)
  }
}
