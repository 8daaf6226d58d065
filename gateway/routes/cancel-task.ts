// POST /cancel_task: one file of a job is stopped, the others go on.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { messageSchema } from '#schemas/http/job-bodies.ts'
import { decisionKey, decisionSchema, settledKey, taskCancelKey } from '#schemas/state-keys.ts'
import { commitDecision } from '../commit-decision.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { Refusal, taskNotFound } from '../http/refusal.ts'
import { type CancelTaskRead, decideCancelTask } from '../pure/decide-cancel-task.ts'
import { parsedEntry, readJobEntries, settledOf } from '../read-entries.ts'
import { type ReadTask, readTask } from '../read-job.ts'
import { answers, notFound, type Operation, refused, taskParams } from './operation.ts'

async function readCancel(parts: GatewayParts, { jobId, task }: ReadTask): Promise<CancelTaskRead> {
  const { plan } = await readJobEntries(parts.store, jobId)
  const keys = [decisionKey(jobId), settledKey(task.taskId), taskCancelKey(task.taskId)]
  const [decision, settled, cancel] = await parts.store.getMany(keys)
  return {
    decision: parsedEntry(decisionSchema, decision),
    plan: plan?.value,
    refused: task.fields.refused_code !== undefined,
    settled: settledOf(settled),
    cancelRequested: cancel !== undefined,
  }
}

export function cancelTask(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { task_id: taskId } = request.params as z.infer<typeof taskParams>
    const { id: accountId } = accountOf(request)
    const known = await readTask(parts, accountId, taskId)
    if (known === undefined) throw taskNotFound()
    const command = { accountId, jobId: known.jobId, taskId, nowMs: parts.clock.now() }
    const { say } = await commitDecision(parts.decisions, {
      read: () => readCancel(parts, known),
      decide: (read) => decideCancelTask(read, command),
    })
    parts.metrics.decisions.inc({ decision: 'cancel_task', answer: say })
    if (say === 'unknown') throw taskNotFound()
    if (say === 'finished') {
      throw new Refusal(409, 'The task has ended; it can no longer be cancelled', { code: 'TASK_FINISHED' })
    }
    return reply.send({ message: say === 'cancelled' ? 'Task cancelled' : 'The task was already cancelled' })
  }
  return {
    id: 'cancel_task',
    path: '/cancel_task/:task_id',
    methods: ['POST', 'PUT', 'DELETE'],
    tag: 'Decide',
    summary: 'Cancel one file of a job',
    description:
      'A picture is cancelled when it has not started, a film at its next progress. Twice is fine.',
    request: { params: taskParams },
    answers: {
      200: answers('Cancelled, now or before.', messageSchema),
      404: notFound('Task'),
      409: refused('The task has ended.'),
      413: refused('The body is too large; none is needed.'),
    },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
