// Opens the buckets of an S3 that clients may name their files in; they are read and never written.
import { ConfigurationError } from '../configuration-error.ts'
import { PermanentFailure } from '../failure.ts'
import type { ObjectSources } from '../objects/object-sources.ts'
import { type S3Options, s3Client } from './open-s3.ts'
import { s3Objects } from './s3-objects.ts'

/**
 * The source buckets on the server of `options`; nothing is asked of it yet. Disposing closes the connections.
 * @throws {ConfigurationError} when the service's own bucket is among them: it holds everybody's originals
 */
export function openS3Sources(options: S3Options, buckets: readonly string[]): ObjectSources {
  if (buckets.includes(options.bucket))
    throw new ConfigurationError(
      `SYNTONYM_S3_SOURCE_BUCKETS names ${options.bucket}, the bucket of the service itself. Clients must not read it: name another one.`,
    )
  const { client, requestsOn, close } = s3Client(options.endpoint, options)
  const nothing = () => undefined
  return {
    buckets,
    of(bucket) {
      if (!buckets.includes(bucket))
        throw new PermanentFailure('FILE_NOT_FOUND', 'The bucket is not one that the service may read.')
      return s3Objects({
        client,
        bucket,
        requests: requestsOn(bucket),
        linkClient: undefined,
        close: nothing,
      })
    },
    async [Symbol.asyncDispose]() {
      close()
    },
  }
}
