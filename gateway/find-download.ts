// Finds the stored file behind a download, for an account or for a signed link, or says why there is none.

import { jobStatus, taskStatus } from '#schemas/job-state.ts'
import { isTerminal } from '#schemas/status.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { StoredDownload } from './http/send-object.ts'
import { downloadName } from './pure/download-name.ts'
import { fileNameOf } from './pure/submitted-job.ts'
import { type ReadTask, readJob, readTask, readTasks } from './read-job.ts'

export type FoundDownload =
  | { readonly is: 'there'; readonly file: StoredDownload }
  | { readonly is: 'unknown' | 'not-ready' | 'none' }

type Ports = Pick<GatewayParts, 'store' | 'views' | 'together' | 'clock'>

/** `accountId` undefined: a signed link vouches for whoever holds it. */
export interface Asked {
  readonly id: string
  readonly accountId: string | undefined
}

function stored(found: Pick<ReadTask, 'job' | 'task'>, what: 'result' | 'detections'): FoundDownload {
  const { fields } = found.task
  const key = what === 'result' ? fields.output_key : fields.document_key
  if (key === undefined)
    return { is: isTerminal(taskStatus(found.job, fields).status) ? 'none' : 'not-ready' }
  const name = fields.file_name ?? fields.submitted_name ?? ''
  if (what === 'detections') {
    const fileName = downloadName(name, '.json', '.detections')
    return { is: 'there', file: { key, extension: '.json', fileName, sha256: undefined } }
  }
  const extension = fields.output_extension ?? ''
  return {
    is: 'there',
    file: { key, extension, fileName: downloadName(name, extension), sha256: fields.output_sha256 },
  }
}

/** The result or the detection document of one task. */
export async function findTaskFile(
  ports: Ports,
  asked: Asked,
  what: 'result' | 'detections',
): Promise<FoundDownload> {
  const found = await readTask(ports, asked.accountId, asked.id)
  return found === undefined ? { is: 'unknown' } : stored(found, what)
}

/** The packed results of an archive; of a single file its one result. */
export async function findJobFile(ports: Ports, asked: Asked): Promise<FoundDownload> {
  const job = await readJob(ports, asked.accountId, asked.id)
  if (job === undefined) return { is: 'unknown' }
  const { fields, decision } = job
  if (decision.input_kind !== 'archive') {
    const [task] = await readTasks(ports, asked.id, decision)
    return task === undefined ? { is: 'not-ready' } : stored({ job: fields, task }, 'result')
  }
  const key = fields.packed_key
  if (key === undefined)
    return { is: isTerminal(jobStatus(fields, job.counts).status) ? 'none' : 'not-ready' }
  const extension = fields.packed_extension ?? ''
  const fileName = downloadName(fileNameOf(decision.input_file), extension)
  return { is: 'there', file: { key, extension, fileName, sha256: fields.packed_sha256 } }
}
