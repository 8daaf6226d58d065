// Opens the objects of a bucket and makes the bucket where it is missing, or says what is wrong with the settings.
import { Client, S3Error } from 'minio'
import { ConfigurationError } from '../configuration-error.ts'
import type { Objects } from '../objects/objects.ts'
import { objectRequests } from './object-requests.ts'
import { quietConnections } from './quiet-connections.ts'
import { s3Failure } from './s3-failure.ts'
import { s3Objects } from './s3-objects.ts'

export interface S3Options {
  /** http[s]://host[:port] */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
  /** What requests are signed for; most servers of one's own do not care. */
  readonly region?: string | undefined
  /** Address under which browsers reach the same store; without it the gateway serves the files. */
  readonly publicEndpoint?: string | undefined
}

const DEFAULT_REGION = 'us-east-1'
const REFUSED = new Set(['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'Forbidden'])

/** A client that is given up on soon: the callers know how to wait, and for how long. */
export function s3Client(
  endpoint: string,
  { accessKey, secretKey, region = DEFAULT_REGION }: Pick<S3Options, 'accessKey' | 'secretKey' | 'region'>,
) {
  const address = new URL(endpoint)
  const useSSL = address.protocol === 'https:'
  const transportAgent = quietConnections(useSSL)
  const client = new Client({
    endPoint: address.hostname.replace(/^\[|\]$/g, ''),
    ...(address.port === '' ? {} : { port: Number(address.port) }),
    ...{ useSSL, accessKey, secretKey, region, transportAgent },
    pathStyle: true,
    retryOptions: { maximumRetryCount: 1, baseDelayMs: 100, maximumDelayMs: 200 },
  })
  const signing = { accessKey, secretKey, region }
  const asked = { endpoint: address, agent: transportAgent, now: () => Date.now(), ...signing }
  return {
    client,
    requestsOn: (bucket: string) => objectRequests(asked, bucket),
    close: () => transportAgent.destroy(),
  }
}

/** @throws {ConfigurationError} for a refused key or a bucket that cannot be made; {TransientFailure} STORE_UNAVAILABLE */
async function ensureBucket(client: Client, bucket: string, region = DEFAULT_REGION): Promise<void> {
  try {
    if (await client.bucketExists(bucket)) return
    await client.makeBucket(bucket, region)
  } catch (cause) {
    const code = cause instanceof S3Error && typeof cause.code === 'string' ? cause.code : ''
    // Somebody else was faster.
    if (code === 'BucketAlreadyOwnedByYou' || code === 'BucketAlreadyExists') return
    if (!REFUSED.has(code)) throw s3Failure(cause)
    throw new ConfigurationError(
      `The object store refuses the bucket ${bucket} (${code}). Check SYNTONYM_S3_ACCESS_KEY, ` +
        'SYNTONYM_S3_SECRET_KEY and SYNTONYM_S3_BUCKET, or make the bucket first.',
      { cause },
    )
  }
}

/**
 * The objects of a bucket; disposing closes the connections.
 * @throws {ConfigurationError} when the store refuses us; {TransientFailure} STORE_UNAVAILABLE while it is away
 */
export async function openS3Objects(options: S3Options): Promise<Objects> {
  const { endpoint, publicEndpoint, bucket, region } = options
  const { client, requestsOn, close } = s3Client(endpoint, options)
  const links = publicEndpoint === undefined ? undefined : s3Client(publicEndpoint, options)
  const closeAll = () => {
    close()
    links?.close()
  }
  try {
    await ensureBucket(client, bucket, region)
  } catch (error) {
    closeAll()
    throw error
  }
  return s3Objects({
    ...{ client, bucket, requests: requestsOn(bucket) },
    ...{ linkClient: links?.client, close: closeAll },
  })
}
