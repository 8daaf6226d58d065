// The port to buckets that clients name their files in: read only, apart from the service's own objects.
import type { Objects } from './objects.ts'

/** What may be asked of a client's bucket. */
export type ObjectSource = Pick<Objects, 'stat' | 'fetchTo'>

export interface ObjectSources extends AsyncDisposable {
  /** Empty where none is configured. */
  readonly buckets: readonly string[]
  /** @throws {PermanentFailure} FILE_NOT_FOUND for a bucket that is not configured (any more) */
  of(bucket: string): ObjectSource
}

/** The parts of `s3://bucket/key`. */
export function sourceAddress(
  address: string,
): { readonly bucket: string; readonly key: string } | undefined {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? []
  return bucket === undefined || key === undefined ? undefined : { bucket, key }
}
