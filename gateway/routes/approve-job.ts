// POST /approve_job: credits are held and the job may run; asked again, it says that it was approved.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { linkSpan, traceParent } from '#runtime/trace.ts'
import { approvalRefusalSchema } from '#schemas/http/error-bodies.ts'
import { messageSchema } from '#schemas/http/job-bodies.ts'
import { commitDecision } from '../commit-decision.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound } from '../http/refusal.ts'
import { type ApproveAnswer, decideApprove } from '../pure/decide-approve.ts'
import { isId, readJobEntries, readSubmitTrace } from '../read-entries.ts'
import { answers, jobParams, notFound, type Operation, refused } from './operation.ts'

interface Told {
  readonly status: number
  readonly message: string
  readonly code?: string
}

type KnownAnswer = Exclude<ApproveAnswer, { say: 'unknown' }>
type PlainAnswer = Exclude<KnownAnswer, { say: 'too-few-credits' } | { say: 'refused' }>

const TOLD: Readonly<Record<PlainAnswer['say'], Told>> = {
  approved: { status: 200, message: 'Job approved' },
  'needs-no-approval': { status: 201, message: 'The job needs no approval' },
  'already-approved': { status: 202, message: 'The job was already approved' },
  'not-ready': { status: 302, message: 'The job is not ready for approval yet: its input is being listed' },
  cancelled: { status: 409, message: 'The job was cancelled', code: 'JOB_CANCELLED' },
  deleted: { status: 409, message: 'The job was deleted', code: 'JOB_DELETED' },
  'nothing-to-process': {
    status: 409,
    message: 'Every file of the job was refused: there is nothing to approve',
    code: 'NOTHING_TO_PROCESS',
  },
}

/** What a client is told; `unknown` is answered as for every other operation. */
export function toldOf(answer: KnownAnswer): Told {
  if (answer.say === 'too-few-credits') {
    return {
      status: 402,
      message: `Not enough credits: the job costs ${answer.cost}`,
      code: 'INSUFFICIENT_CREDITS',
    }
  }
  if (answer.say === 'refused') {
    return { status: 409, message: `The job has failed: ${answer.detail}`, code: answer.code }
  }
  return TOLD[answer.say]
}

export function approveJob(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { job_id: jobId } = request.params as z.infer<typeof jobParams>
    const { id: accountId } = accountOf(request)
    if (!isId(jobId)) throw jobNotFound()
    // Submission and approval are two requests and two traces: the second one says where the first one is.
    const submitted = traceParent() === undefined ? undefined : await readSubmitTrace(parts.store, jobId)
    const answer = await commitDecision(parts.decisions, {
      read: async () => {
        const { decision, plan } = await readJobEntries(parts.store, jobId)
        return { decision, plan: plan?.value }
      },
      decide: (read) => decideApprove(read, { accountId, jobId, nowMs: parts.clock.now() }),
    })
    parts.metrics.decisions.inc({ decision: 'approve', answer: answer.say })
    if (answer.say === 'approved') {
      parts.metrics.creditsHeld.inc(answer.heldCredits)
      if (submitted !== undefined) linkSpan(submitted)
    }
    if (answer.say === 'unknown') throw jobNotFound()
    const { status, message, code } = toldOf(answer)
    return reply.code(status).send(code === undefined ? { message } : { message, detail: message, code })
  }
  return {
    id: 'approve_job',
    path: '/approve_job/:job_id',
    methods: ['POST', 'PUT'],
    tag: 'Decide',
    summary: 'Approve a job: its credits are held and it runs',
    request: { params: jobParams },
    answers: {
      200: answers('Approved.', messageSchema),
      201: answers('The job needs no approval.', messageSchema),
      202: answers('Already approved.', messageSchema),
      302: answers(
        'Not ready yet: the input is still being listed. There is no Location to follow; ask again.',
        messageSchema,
      ),
      402: answers('Not enough credits.', approvalRefusalSchema),
      404: notFound('Job'),
      409: answers('Cancelled, deleted, or failed before it could run.', approvalRefusalSchema),
      413: refused('The body is too large; none is needed.'),
    },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
