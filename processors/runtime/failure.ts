// The three kinds of failure: a permanent one is reported, a transient one retried, anything else is a bug and stops.

/** Will fail again however often it is tried; `code` is part of the API. */
export class PermanentFailure extends Error {
  readonly code: string
  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'PermanentFailure'
    this.code = code
  }
}

/** May succeed later: a store is away, a disk is full, a lease is held by somebody else. */
export class TransientFailure extends Error {
  readonly code: string
  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'TransientFailure'
    this.code = code
  }
}

export type FailureKind =
  | { readonly kind: 'permanent'; readonly code: string; readonly detail: string }
  | { readonly kind: 'transient'; readonly code: string; readonly detail: string }
  | { readonly kind: 'unclassified'; readonly error: unknown }

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT'])
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** Sorts an error into its kind; the only place where that is decided. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof PermanentFailure) return { kind: 'permanent', code: error.code, detail: error.message }
  if (error instanceof TransientFailure) return { kind: 'transient', code: error.code, detail: error.message }
  const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (DISK_FULL.has(errno)) return { kind: 'transient', code: 'DISK_FULL', detail: 'The disk is full.' }
  if (AWAY.has(errno))
    return { kind: 'transient', code: 'STORE_UNAVAILABLE', detail: 'A store does not answer.' }
  return { kind: 'unclassified', error }
}
