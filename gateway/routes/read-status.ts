// GET /job_status and /task_status: where a job or one of its files is.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { jobSchema, taskSchema } from '#schemas/http/job-bodies.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound, taskNotFound } from '../http/refusal.ts'
import { jobAnswers } from '../job-answers.ts'
import { taskBody } from '../pure/job-body.ts'
import { readTask } from '../read-job.ts'
import { answers, jobParams, notFound, type Operation, taskParams } from './operation.ts'

export function jobStatusOperation(parts: GatewayParts): Operation {
  const answerOf = jobAnswers(parts)
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { job_id: jobId } = request.params as z.infer<typeof jobParams>
    const answer = await answerOf(accountOf(request).id, jobId)
    if (answer === undefined) throw jobNotFound()
    return reply.type('application/json; charset=utf-8').send(answer)
  }
  return {
    id: 'job_status',
    path: '/job_status/:job_id',
    methods: ['GET'],
    tag: 'Follow',
    summary: 'Where a job is',
    request: { params: jobParams },
    answers: { 200: answers('The job.', jobSchema), 404: notFound('Job') },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}

export function taskStatusOperation(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { task_id: taskId } = request.params as z.infer<typeof taskParams>
    const found = await readTask(parts, accountOf(request).id, taskId)
    if (found === undefined) throw taskNotFound()
    return reply.send(taskBody(found.task, found.jobId, found.job))
  }
  return {
    id: 'task_status',
    path: '/task_status/:task_id',
    methods: ['GET'],
    tag: 'Follow',
    summary: 'Where one file of a job is',
    request: { params: taskParams },
    answers: { 200: answers('The task.', taskSchema), 404: notFound('Task') },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
