// Puts the results of an archive together and stores them, once every task has ended.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Objects, StoredObject } from '#runtime/objects/objects.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import { inSpan } from '#runtime/trace.ts'
import { packKey } from '#schemas/object-keys.ts'
import { outcomeKey, outcomeSchema } from '#schemas/state-keys.ts'
import type { ArchiveEntry } from '../pack/archive-entry.ts'
import { type InputFormat, packedExtension, packResults } from '../pack/pack-results.ts'
import type { PackedObject } from '../pure/job-facts.ts'
import { type EndedTask, MANIFEST_NAME, type ManifestLine, packManifest } from '../pure/pack-manifest.ts'
import { type ExtractorPorts, PUBLISHED_AT_ONCE } from './extractor-ports.ts'
import { inGroups, readPlan, readSubmission } from './plan-object.ts'

/** Every file with its outcome; undefined while the fact of one has not reached us. */
export async function endedTasks(
  store: StateStore,
  objects: Objects,
  jobId: string,
): Promise<readonly EndedTask[] | undefined> {
  const ended: EndedTask[] = []
  for await (const group of inGroups(readPlan(objects, jobId), PUBLISHED_AT_ONCE)) {
    const entries = await store.getMany(group.map((task) => outcomeKey(task.task_id)))
    for (const [i, task] of group.entries()) {
      const entry = entries[i]
      if (entry === undefined && task.refused === null) return undefined
      ended.push({ task, outcome: entry && outcomeSchema.parse(JSON.parse(entry.value)) })
    }
  }
  return ended
}

function* manifestText(lines: readonly ManifestLine[]): Generator<string> {
  yield '{"version":1,"files":[\n'
  for (const [i, line] of lines.entries()) yield `${i === 0 ? '' : ',\n'}${JSON.stringify(line)}`
  yield '\n]}\n'
}

async function* entriesOf(objects: Objects, ended: readonly EndedTask[]): AsyncGenerator<ArchiveEntry> {
  const { results, lines } = packManifest(ended)
  for (const { name, outputKey } of results) yield { name, open: () => objects.read(outputKey) }
  yield {
    name: MANIFEST_NAME,
    open: async () => Readable.from(manifestText(lines), { objectMode: false }),
  }
}

/**
 * Writes and stores the archive; packing again replaces it by the same.
 * @throws {PermanentFailure} OBJECT_MISSING where a result is gone, as after a deletion
 */
export async function packJob(
  ports: Pick<ExtractorPorts, 'objects' | 'workFolder'>,
  job: { readonly jobId: string; readonly format: InputFormat; readonly ended: readonly EndedTask[] },
  signal: AbortSignal,
): Promise<PackedObject> {
  const { objects } = ports
  const folder = await mkdtemp(join(ports.workFolder, 'pack-'))
  try {
    const outputPath = join(folder, 'packed')
    const submission = await readSubmission(objects, job.jobId)
    const mtime = new Date(submission.submitted_at_ms)
    const entries = entriesOf(objects, job.ended)
    const at = { 'syntonym.job_id': job.jobId, 'syntonym.members': job.ended.length }
    await inSpan('pack results', at, () =>
      packResults({ format: job.format, entries, outputPath, mtime, signal }),
    )
    const stored: StoredObject = await inSpan('store packed', at, () =>
      objects.putFile(packKey(job.jobId), outputPath),
    )
    return { ...stored, extension: packedExtension(job.format) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
