// Has one picture or film done by a boxed worker and puts the result in its place, whole or not at all.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TaskWatch } from '#anonymizer/worker/media-child.ts'
import type { RenderReport } from '#anonymizer/worker/protocol.ts'
import type { WorkerPool } from '#anonymizer/worker/worker-pool.ts'
import { type DetectionDocument, detectionDocumentSchema } from '#schemas/detection-document.ts'
import type { ModelChoice } from '#schemas/model-config.ts'

export interface MediaFile {
  readonly id: string
  readonly kind: 'picture' | 'film'
  readonly path: string
  /** Lower case with the dot. */
  readonly extension: string
}

export interface HideJob {
  readonly choice: ModelChoice
  readonly output: string
  readonly given?: string | undefined
  readonly copy?: boolean
  /** What synthetic faces are drawn from, 64 hexadecimal digits. */
  readonly synSeed: string
}

/**
 * Hides one file and writes it to `output`; an existing file there is replaced at the end, in one step.
 * `given` is the path of an edited detection document to render from.
 * @throws what {@link WorkerPool.run} throws
 */
export async function hideMedia(
  pool: WorkerPool,
  file: MediaFile,
  job: HideJob,
  watch: TaskWatch,
): Promise<RenderReport> {
  await using folder = await pool.openFolder()
  const paths = folder.paths(file.extension)
  await copyFile(file.path, paths.input, constants.COPYFILE_FICLONE)
  if (job.given !== undefined) await copyFile(job.given, paths.given)
  const order = { id: file.id, kind: file.kind, extension: file.extension, choice: job.choice } as const
  const report = await pool.run(
    {
      ...{ ...order, until: 'rendered', given: job.given !== undefined },
      copy: job.copy ?? true,
      synSeed: job.synSeed,
    },
    folder,
    watch,
  )
  await moveInto(paths.output, job.output)
  return report
}

/** Looks at one file and answers the detection document; nothing is rendered. */
export async function detectMedia(
  pool: WorkerPool,
  file: MediaFile,
  choice: ModelChoice,
  watch: TaskWatch,
): Promise<DetectionDocument> {
  await using folder = await pool.openFolder()
  const paths = folder.paths(file.extension)
  await copyFile(file.path, paths.input, constants.COPYFILE_FICLONE)
  const order = { id: file.id, kind: file.kind, extension: file.extension, choice } as const
  await pool.run({ ...order, until: 'detected', given: false }, folder, watch)
  return detectionDocumentSchema.parse(JSON.parse(await readFile(paths.document, 'utf8')))
}

/** Copies a finished file next to its place and renames it, so that no half file is ever seen there. */
export async function moveInto(from: string, to: string): Promise<void> {
  const folder = dirname(to)
  await mkdir(folder, { recursive: true })
  const fresh = join(folder, `.syntonym-${randomUUID()}.part`)
  try {
    await copyFile(from, fresh, constants.COPYFILE_FICLONE)
    await rename(fresh, to)
  } finally {
    await rm(fresh, { force: true })
  }
}
