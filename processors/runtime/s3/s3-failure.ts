// Sorts the errors of the S3 client: a missing object is permanent, whatever waiting or an operator heals is transient.
import { S3Error } from 'minio'
import { failureKind, PermanentFailure, TransientFailure } from '../failure.ts'
import { S3Refusal } from './s3-refusal.ts'

const MISSING = new Set(['NoSuchKey', 'NotFound', 'NoSuchVersion'])
/** Requests that we would make again just the same: that they are refused is a mistake of ours. */
const OURS = new Set([
  'BadDigest',
  'EntityTooLarge',
  'EntityTooSmall',
  'InvalidArgument',
  'InvalidPart',
  'InvalidPartOrder',
  'InvalidRequest',
  'KeyTooLongError',
  'MalformedXML',
  'MethodNotAllowed',
])
/** Node's own words for a connection that ended in the middle. */
const CUT = /socket hang up|aborted|premature close|other side closed/i

export const objectMissing = (cause?: unknown): PermanentFailure =>
  new PermanentFailure('OBJECT_MISSING', 'The stored file is gone.', { cause })

export const objectsAway = (cause?: unknown): TransientFailure =>
  new TransientFailure('STORE_UNAVAILABLE', 'The store of files does not answer.', { cause })

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

export const isMissingObject = (error: unknown): boolean => MISSING.has(codeOf(error))

/**
 * The error as one of our kinds, or unchanged where it is a mistake. A missing bucket and a refused key are waited out:
 * somebody has to mend them, and the work that meets them is not to blame.
 */
export function s3Failure(error: unknown): unknown {
  if (error instanceof PermanentFailure || error instanceof TransientFailure) return error
  const known = failureKind(error)
  if (known.kind === 'transient' && known.code === 'STORE_UNAVAILABLE') return objectsAway(error)
  const code = codeOf(error)
  if (MISSING.has(code)) return objectMissing(error)
  if (error instanceof S3Error || error instanceof S3Refusal)
    return OURS.has(code) ? error : objectsAway(error)
  return error instanceof Error && CUT.test(error.message) ? objectsAway(error) : error
}
