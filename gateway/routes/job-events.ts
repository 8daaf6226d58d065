// GET /job_events: what happens to a job, pushed as it happens, until it ends.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { JobBody } from '#schemas/http/job-bodies.ts'
import { END_ID, EVENT_STREAM_TIMES, type EventStreamTimes, jobEvents, OpenStreams } from '../event-stream.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound, Refusal } from '../http/refusal.ts'
import { inTime } from '../in-time.ts'
import { jobBody } from '../pure/job-body.ts'
import { readJob } from '../read-job.ts'
import { answers, jobParams, notFound, type Operation, refused } from './operation.ts'

const RETRY_AFTER_SECONDS = 10
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx holds answers back unless it is told not to.
  'x-accel-buffering': 'no',
}
const EXAMPLE = 'id: 1\nevent: status\ndata: {"job_id":"3d2f6a0e-5f63-4c40-9c36-0f6f8c1f2a11","status":2}\n\n'

export function jobEventsOperation(
  parts: GatewayParts,
  times: EventStreamTimes = EVENT_STREAM_TIMES,
): Operation {
  const { limits, metrics, stopping, clock } = parts
  const streams = new OpenStreams({ all: limits.eventStreams, perAccount: limits.eventStreamsPerAccount })

  const look = (accountId: string, jobId: string) => async (): Promise<JobBody | undefined> => {
    const job = await inTime(limits.answerWithinMs, readJob(parts, accountId, jobId))
    return job === undefined ? undefined : jobBody(job, clock.now())
  }

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { job_id: jobId } = request.params as z.infer<typeof jobParams>
    const accountId = accountOf(request).id
    const lookAtJob = look(accountId, jobId)
    if ((await lookAtJob()) === undefined) throw jobNotFound()
    // 204 tells an EventSource that came back after the end not to come again.
    if (request.headers['last-event-id'] === END_ID) return reply.code(204).send()
    const giveBack = streams.take(accountId)
    if (giveBack === undefined) {
      const options = { code: 'TOO_MANY_STREAMS' as const, retryAfterSeconds: RETRY_AFTER_SECONDS }
      throw new Refusal(429, 'Too many event streams are open', options)
    }
    metrics.eventStreams.set(streams.size)
    // The line and not the stream tells that the client went away: a generator that waits does not hear of its end.
    const gone = new AbortController()
    reply.raw.once('close', () => {
      gone.abort()
      giveBack()
      metrics.eventStreams.set(streams.size)
    })
    const signal = AbortSignal.any([stopping, gone.signal])
    const stream = Readable.from(jobEvents(lookAtJob, { now: () => clock.now(), times, signal }))
    return reply.headers(HEADERS).send(stream)
  }
  return {
    id: 'job_events',
    path: '/job_events/:job_id',
    methods: ['GET'],
    tag: 'Follow',
    summary: 'What happens to a job, as server-sent events',
    description:
      'Sends `status` events with the same body as /job_status whenever it changes, then one `end` (or `deleted`) and ' +
      'closes. A comment comes every 15 seconds when nothing happens.',
    request: { params: jobParams },
    answers: {
      200: answers('A stream of events.', z.string().meta({ examples: [EXAMPLE] }), 'text/event-stream'),
      204: answers('You know the end of the job already: do not come back.', z.undefined()),
      404: notFound('Job'),
      429: refused('Too many requests or too many open streams.'),
    },
    withinMs: undefined,
    handle,
  }
}
