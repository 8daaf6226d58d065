// POST /cancel_job: decided at once; pictures that have not started and films at their next step are stopped.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { messageSchema } from '#schemas/http/job-bodies.ts'
import { commitDecision } from '../commit-decision.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound, Refusal } from '../http/refusal.ts'
import { decideCancelJob } from '../pure/decide-cancel-job.ts'
import { isId, readJobEntries, readSettledCount } from '../read-entries.ts'
import { answers, jobParams, notFound, type Operation, refused } from './operation.ts'

export function cancelJob(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { job_id: jobId } = request.params as z.infer<typeof jobParams>
    const { id: accountId } = accountOf(request)
    if (!isId(jobId)) throw jobNotFound()
    const { say } = await commitDecision(parts.decisions, {
      read: async () => {
        const { decision, plan } = await readJobEntries(parts.store, jobId)
        return { decision, plan, settledCount: await readSettledCount(parts.store, jobId) }
      },
      decide: (read) => decideCancelJob(read, { accountId, jobId, nowMs: parts.clock.now() }),
    })
    parts.metrics.decisions.inc({ decision: 'cancel_job', answer: say })
    if (say === 'unknown') throw jobNotFound()
    if (say === 'finished') {
      throw new Refusal(409, 'The job has ended; it can no longer be cancelled', { code: 'JOB_FINISHED' })
    }
    return reply.send({ message: say === 'cancelled' ? 'Job cancelled' : 'The job was already cancelled' })
  }
  return {
    id: 'cancel_job',
    path: '/cancel_job/:job_id',
    methods: ['POST', 'PUT', 'DELETE'],
    tag: 'Decide',
    summary: 'Cancel a job',
    description:
      'A picture is cancelled when it has not started, a film at its next progress. Twice is fine.',
    request: { params: jobParams },
    answers: {
      200: answers('Cancelled, now or before.', messageSchema),
      404: notFound('Job'),
      409: refused('The job has ended.'),
      413: refused('The body is too large; none is needed.'),
    },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
