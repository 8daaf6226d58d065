// POST /process_file, /process_video, /process_image: a file of the jobs root becomes a job that waits for approval.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { TransientFailure } from '#runtime/failure.ts'
import { traceParent } from '#runtime/trace.ts'
import { fileNotFoundSchema } from '#schemas/http/error-bodies.ts'
import { type SubmittedBody, submitBodySchema, submittedSchema } from '#schemas/http/submit-bodies.ts'
import { idempotentJobId } from '#schemas/ids.ts'
import { decisionKey, decisionSchema, idempotencyKey } from '#schemas/state-keys.ts'
import { STATUS_DETAIL } from '#schemas/status.ts'
import { commitDecision } from '../commit-decision.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { InvalidRequest, Refusal } from '../http/refusal.ts'
import {
  decideRepeat,
  decideSubmit,
  idempotencyEntrySchema,
  type SubmitAnswer,
  type SubmitCommand,
  type SubmitRead,
} from '../pure/decide-submit.ts'
import type { SubmitRoute } from '../pure/input-kind.ts'
import type { InputPlace } from '../pure/input-place.ts'
import { type SubmitForm, understandSubmit } from '../pure/submit-request.ts'
import type { SubmittedJob } from '../pure/submitted-job.ts'
import { parsedEntry } from '../read-entries.ts'
import { resolveInput, resolveObject } from '../resolve-input.ts'
import { answers, invalid, type Operation, refused } from './operation.ts'

const MAX_KEY_CHARACTERS = 255
const submitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII')
    .max(MAX_KEY_CHARACTERS)
    .optional()
    .meta({
      description: 'The same key with the same request gives the same job, however often it is sent.',
    }),
})

const ROUTES: Readonly<Record<SubmitRoute, { summary: string; schemaId: string; example: string }>> = {
  process_file: {
    summary: 'Hand in a picture, a film or an archive',
    schemaId: 'ProcessFile',
    example: '/syntonym/jobs/sample.zip',
  },
  process_video: {
    summary: 'Hand in a film or an archive',
    schemaId: 'ProcessVideo',
    example: '/syntonym/jobs/sample3.mp4',
  },
  process_image: {
    summary: 'Hand in a picture or an archive',
    schemaId: 'ProcessImage',
    example: '/syntonym/jobs/sample.jpg',
  },
}

/** The body of the answer to a submission. */
export function submittedBody(job: SubmittedJob): SubmittedBody {
  return {
    job_id: job.jobId,
    status: job.status,
    status_detail: STATUS_DETAIL[job.status],
    created_at: new Date(job.createdAtMs).toISOString(),
    input_file: job.inputFile,
    model: job.model,
    tasks: job.tasks.map(({ taskId, status, fileName }) => ({
      task_id: taskId,
      task_status: status,
      status_detail: STATUS_DETAIL[status],
      file_name: fileName,
    })),
    has_errors: false,
    needs_approval: job.needsApproval,
    is_approved: false,
    cancelled: false,
  }
}

async function readSubmit(parts: GatewayParts, command: SubmitCommand): Promise<SubmitRead> {
  const key = command.idempotencyKey
  const keys = [
    decisionKey(command.jobId),
    ...(key === undefined ? [] : [idempotencyKey(command.accountId, key)]),
  ]
  const [decision, idempotency] = await parts.store.getMany(keys)
  return {
    decision: parsedEntry(decisionSchema, decision),
    idempotency: parsedEntry(idempotencyEntrySchema, idempotency)?.value,
  }
}

/** @throws {Refusal | InvalidRequest} when there is no such file, or none that may be read. */
async function resolveSource(parts: GatewayParts, place: InputPlace): Promise<string> {
  const input =
    place.at === 'bucket'
      ? await resolveObject(parts.sources, place)
      : await resolveInput(parts.jobsRoot.real, place.relative)
  if (input.verdict === 'ok') return input.source
  const { code, reason } = input
  if (code === 'FILE_NOT_FOUND') throw new Refusal(404, reason, { code })
  throw new InvalidRequest([{ loc: ['body', 'file_path'], msg: reason, type: code }], code)
}

/** The store was lost between two looks, and nobody had been told of the job. */
function goneMeanwhile(): never {
  throw new TransientFailure('STORE_UNAVAILABLE', 'What was decided is being put together anew; try again')
}

async function takeDecision(
  parts: GatewayParts,
  command: SubmitCommand,
  place: InputPlace,
): Promise<SubmitAnswer> {
  const read = () => readSubmit(parts, command)
  // A repeated request is answered before the disk is asked: its file may be gone by now.
  if (decideRepeat(await read(), command) !== undefined) {
    const decide = (now: SubmitRead) => decideRepeat(now, command) ?? goneMeanwhile()
    return commitDecision(parts.decisions, { read, decide })
  }
  const source = await resolveSource(parts, place)
  return commitDecision(parts.decisions, { read, decide: (now) => decideSubmit(now, command, source) })
}

export function submit(parts: GatewayParts, route: SubmitRoute): Operation {
  const { summary, schemaId, example } = ROUTES[route]
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const account = accountOf(request)
    const understood = understandSubmit(route, request.body as SubmitForm, {
      jobsRoot: parts.jobsRoot.configured,
      buckets: parts.sources?.buckets ?? [],
    })
    if (understood.verdict === 'refused') throw new InvalidRequest(understood.issues, understood.code)
    const key = (request.headers as z.infer<typeof submitHeaders>)['idempotency-key']
    const command: SubmitCommand = {
      accountId: account.id,
      jobId: key === undefined ? parts.random.uuid() : idempotentJobId(account.id, key),
      nowMs: parts.clock.now(),
      needsApproval: account.needsApproval,
      metered: account.credits !== null,
      request: understood.request,
      idempotencyKey: key,
      trace: traceParent(),
    }
    const answer = await takeDecision(parts, command, understood.place)
    parts.metrics.decisions.inc({ decision: 'submit', answer: answer.say })
    if (answer.say === 'submitted') return reply.send(submittedBody(answer.job))
    const issue = {
      loc: ['header', 'Idempotency-Key'],
      msg: 'This key was used for another request',
      type: 'IDEMPOTENCY_KEY_REUSED',
    }
    throw new InvalidRequest([issue], 'IDEMPOTENCY_KEY_REUSED')
  }
  return {
    id: route,
    path: `/${route}`,
    methods: ['POST'],
    tag: 'Submit',
    summary,
    description: 'Nothing is processed before the job is approved.',
    request: { headers: submitHeaders, body: submitBodySchema(schemaId, example) },
    answers: {
      200: answers('The job, waiting for approval.', submittedSchema),
      404: answers('There is no such file.', fileNotFoundSchema),
      413: refused('The body is too large.'),
      415: refused('The body does not say that it is JSON.'),
      422: invalid,
    },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
