// What a route throws to refuse a request: a status, a sentence and a code, and nothing from the inside.

import type { FailureCode } from '#schemas/failure-codes.ts'
import type { RefusalCode } from '#schemas/http/refusal-codes.ts'
import type { RequestIssue } from '../pure/validation-issues.ts'

/** A refused request. Without a code the body is FastAPI's bare `{ detail }`. */
export class Refusal extends Error {
  readonly statusCode: number
  readonly apiCode: RefusalCode | FailureCode | undefined
  readonly retryAfterSeconds: number | undefined
  readonly headers: Readonly<Record<string, string>>
  constructor(
    statusCode: number,
    detail: string,
    options: {
      code?: RefusalCode | FailureCode
      retryAfterSeconds?: number
      headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(detail)
    this.name = 'Refusal'
    this.statusCode = statusCode
    this.apiCode = options.code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.headers = options.headers ?? {}
  }
}

/** A request that does not say what the reference asks for: 422 in FastAPI's form. */
export class InvalidRequest extends Error {
  readonly issues: readonly RequestIssue[]
  readonly apiCode: RefusalCode | FailureCode | undefined
  constructor(issues: readonly RequestIssue[], code?: RefusalCode | FailureCode) {
    super('The request does not match the reference')
    this.name = 'InvalidRequest'
    this.issues = issues
    this.apiCode = code
  }
}

export const jobNotFound = (): Refusal => new Refusal(404, 'Job not found')
export const taskNotFound = (): Refusal => new Refusal(404, 'Task not found')
