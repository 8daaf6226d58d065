// GET /job_result: the whole report with a link for every file; before the end it tells how far the job is.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { jobResultSchema } from '#schemas/http/job-bodies.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound } from '../http/refusal.ts'
import { publicAddress } from '../public-address.ts'
import { downloadName } from '../pure/download-name.ts'
import type { KnownTask } from '../pure/job-facts.ts'
import { jobResultBody, resultTaskBody, type TaskLinks } from '../pure/job-result-body.ts'
import { fileNameOf } from '../pure/submitted-job.ts'
import { type ReadJob, readJob, readTasks } from '../read-job.ts'
import type { LinkKind } from '../signed-link.ts'
import { answers, jobParams, notFound, type Operation } from './operation.ts'

/** Makes links of one report: from the object store where it can, else to this service. */
function linkMaker(parts: GatewayParts, address: string, expiresAtMs: number) {
  const expiresSeconds = parts.limits.linkSeconds
  return async (
    kind: LinkKind,
    id: string,
    key: string | undefined,
    fileName: string,
  ): Promise<string | null> => {
    if (key === undefined) return null
    const direct = await parts.objects.presignGet(key, { fileName, expiresSeconds })
    return direct ?? `${address}${parts.links.sign(kind, id, expiresAtMs)}`
  }
}
type MakeLink = ReturnType<typeof linkMaker>

async function taskLinks(make: MakeLink, { taskId, fields }: KnownTask): Promise<TaskLinks> {
  const name = fields.file_name ?? fields.submitted_name ?? ''
  const [download, detections] = await Promise.all([
    make('download', taskId, fields.output_key, downloadName(name, fields.output_extension ?? '')),
    make('detections', taskId, fields.document_key, downloadName(name, '.json', '.detections')),
  ])
  return { download, detections }
}

/** The link to everything: the packed results of an archive, the one result of a single file. */
async function jobLink(make: MakeLink, job: ReadJob, first: TaskLinks | undefined): Promise<string | null> {
  if (job.decision.input_kind !== 'archive') return first?.download ?? null
  const name = downloadName(fileNameOf(job.decision.input_file), job.fields.packed_extension ?? '')
  return make('download_job', job.jobId, job.fields.packed_key, name)
}

export function jobResult(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { job_id: jobId } = request.params as z.infer<typeof jobParams>
    const job = await readJob(parts, accountOf(request).id, jobId)
    if (job === undefined) throw jobNotFound()
    const now = parts.clock.now()
    const linksExpireAtMs = Math.floor(now / 1000 + parts.limits.linkSeconds) * 1000
    const make = linkMaker(parts, publicAddress(parts, request), linksExpireAtMs)
    const tasks = await readTasks(parts, jobId, job.decision)
    const links = await Promise.all(tasks.map((task) => taskLinks(make, task)))
    const none = { download: null, detections: null }
    const taskBodies = tasks.map((task, index) =>
      resultTaskBody(task, jobId, job.fields, links[index] ?? none),
    )
    const download = await jobLink(make, job, links[0])
    return reply.send(
      jobResultBody(
        { facts: job, metered: job.decision.metered, tasks, taskBodies, download, linksExpireAtMs },
        now,
      ),
    )
  }
  return {
    id: 'job_result',
    path: '/job_result/:job_id',
    methods: ['GET'],
    aliases: { get_job_result: '/get_job_result/:job_id' },
    tag: 'Follow',
    summary: 'The full report of a job, with download links',
    request: { params: jobParams },
    answers: { 200: answers('The report.', jobResultSchema), 404: notFound('Job') },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
