// DELETE /delete_job: the job is unknown from now on, and every byte of it leaves the store.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { messageSchema } from '#schemas/http/job-bodies.ts'
import { commitDecision } from '../commit-decision.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound, Refusal } from '../http/refusal.ts'
import { decideDelete } from '../pure/decide-delete.ts'
import { isId, readJobEntries, readProgressed } from '../read-entries.ts'
import { answers, jobParams, notFound, type Operation, refused } from './operation.ts'

export function deleteJob(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { job_id: jobId } = request.params as z.infer<typeof jobParams>
    const { id: accountId } = accountOf(request)
    if (!isId(jobId)) throw jobNotFound()
    const { say } = await commitDecision(parts.decisions, {
      read: async () => {
        const entries = await readJobEntries(parts.store, jobId)
        return { ...(await readProgressed(parts.store, jobId, entries)), decision: entries.decision }
      },
      decide: (read) => decideDelete(read, { accountId, jobId, nowMs: parts.clock.now() }),
    })
    parts.metrics.decisions.inc({ decision: 'delete', answer: say })
    if (say === 'unknown') throw jobNotFound()
    if (say === 'not-ended') {
      throw new Refusal(409, 'The job has not ended; cancel it first', { code: 'JOB_NOT_FINISHED' })
    }
    return reply.send({ message: 'Job deleted' })
  }
  return {
    id: 'delete_job',
    path: '/delete_job/:job_id',
    methods: ['DELETE', 'POST'],
    tag: 'Decide',
    summary: 'Delete a job that has ended, with all its files',
    request: { params: jobParams },
    answers: {
      200: answers('Deleted; from now on the job is unknown.', messageSchema),
      404: notFound('Job'),
      409: refused('The job has not ended.'),
      413: refused('The body is too large; none is needed.'),
    },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
