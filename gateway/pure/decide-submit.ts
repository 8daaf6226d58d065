// Decides a submission: one job for one Idempotency-Key, however often and however concurrently it is sent.
import { z } from 'zod'
import { derivedId, taskId } from '#schemas/ids.ts'
import type { ModelChoice } from '#schemas/model-config.ts'
import {
  type Decision,
  decisionKey,
  idempotencyKey,
  submitTraceKey,
  taskJobKey,
} from '#schemas/state-keys.ts'
import type { DecisionStep, Known, Verdict } from './decision-step.ts'
import type { InputKind, SubmitRoute } from './input-kind.ts'
import { jobFact } from './job-fact.ts'
import { type SubmittedJob, submittedJob } from './submitted-job.ts'

/** What is kept of an Idempotency-Key. */
export const idempotencyEntrySchema = z.strictObject({ job_id: z.string(), fingerprint: z.string() })
export type IdempotencyEntry = z.infer<typeof idempotencyEntrySchema>

/** A submission as it was understood: every default filled in. */
export interface SubmitRequest {
  readonly route: SubmitRoute
  /** As the client wrote it. */
  readonly filePath: string
  readonly inputKind: InputKind
  readonly choice: ModelChoice
  readonly userTag: string | null
}
export interface SubmitRead {
  readonly decision: Known<Decision> | undefined
  readonly idempotency: IdempotencyEntry | undefined
}
export interface SubmitCommand {
  readonly accountId: string
  readonly jobId: string
  readonly nowMs: number
  readonly needsApproval: boolean
  readonly metered: boolean
  readonly request: SubmitRequest
  readonly idempotencyKey: string | undefined
  /** `traceparent` of the request, where traces are taken: an approval links to it. */
  readonly trace?: string | undefined
}
export type SubmitAnswer =
  | { readonly say: 'submitted'; readonly job: SubmittedJob }
  | { readonly say: 'key-reused' }

/** Two requests with the same fingerprint ask for the same thing, however they spell it. */
export const fingerprint = (request: SubmitRequest): string =>
  derivedId(
    'request',
    request.route,
    request.filePath,
    request.choice.model,
    JSON.stringify(request.choice.config),
    request.userTag ?? '',
  )

/** The answer to a request that was decided before, or undefined for a new one. */
export function decideRepeat(read: SubmitRead, command: SubmitCommand): Verdict<SubmitAnswer> | undefined {
  if (command.idempotencyKey === undefined || read.decision === undefined) return undefined
  const decision = read.decision.value
  // The entry is gone when the store was rebuilt from facts; then what the job was made of must agree.
  const same =
    read.idempotency === undefined
      ? decision.input_file === command.request.filePath && decision.model === command.request.choice.model
      : read.idempotency.fingerprint === fingerprint(command.request)
  if (!same) return { do: 'answer', answer: { say: 'key-reused' } }
  const job = submittedJob(command.jobId, decision)
  return { do: 'answer', answer: { say: 'submitted', job }, restsOnFactsOf: command.jobId }
}

/** The verdict on one submission; `source` is the checked absolute path of the file on this machine. */
export function decideSubmit(
  read: SubmitRead,
  command: SubmitCommand,
  source: string,
): Verdict<SubmitAnswer> {
  const repeat = decideRepeat(read, command)
  if (repeat !== undefined) return repeat
  const decision: Decision = {
    account_id: command.accountId,
    state: 'open',
    needs_approval: command.needsApproval,
    approved: false,
    metered: command.metered,
    held_credits: 0,
    input_file: command.request.filePath,
    input_kind: command.request.inputKind,
    model: command.request.choice.model,
    created_at_ms: command.nowMs,
  }
  return {
    do: 'commit',
    step: submitStep(command, decision, source),
    answer: { say: 'submitted', job: submittedJob(command.jobId, decision) },
  }
}

function submitStep(command: SubmitCommand, decision: Decision, source: string): DecisionStep {
  const { accountId, jobId, request } = command
  const entry: IdempotencyEntry = { job_id: jobId, fingerprint: fingerprint(request) }
  const keyed =
    command.idempotencyKey === undefined
      ? []
      : [{ key: idempotencyKey(accountId, command.idempotencyKey), value: JSON.stringify(entry) }]
  const single =
    request.inputKind === 'archive'
      ? []
      : [{ key: taskJobKey(taskId(jobId, 0)), value: JSON.stringify(jobId) }]
  const traced =
    command.trace === undefined ? [] : [{ key: submitTraceKey(jobId), value: JSON.stringify(command.trace) }]
  const submitted = {
    input_file: request.filePath,
    source,
    input_kind: request.inputKind,
    model: request.choice.model,
    model_config: JSON.stringify(request.choice.config),
    needs_approval: command.needsApproval,
    metered: command.metered,
    user_tag: request.userTag,
  }
  return {
    checks: [{ key: decisionKey(jobId), version: 0 }, ...keyed.map(({ key }) => ({ key, version: 0 }))],
    puts: [{ key: decisionKey(jobId), value: JSON.stringify(decision) }, ...keyed, ...single, ...traced],
    facts: [jobFact('JobSubmitted', command, submitted)],
  }
}
