// Looks into the object store with a client of its own, so that no counter of ours is believed.
import { Client } from 'minio'
import type { ServiceAddresses } from '#test/services/service-kinds.ts'

/** The keys below a prefix, sorted. */
export async function listBucket(
  s3: ServiceAddresses['s3'],
  bucket: string,
  prefix: string,
): Promise<readonly string[]> {
  const address = new URL(s3.endpoint)
  const client = new Client({
    endPoint: address.hostname,
    port: Number(address.port),
    useSSL: false,
    accessKey: s3.accessKey,
    secretKey: s3.secretKey,
  })
  const keys: string[] = []
  for await (const { name } of client.listObjectsV2(bucket, prefix, true))
    if (name !== undefined) keys.push(name)
  return keys.toSorted()
}
