// Stores a stream as one object: small ones in one request, large ones in parts that become visible together.
import type { Client } from 'minio'
import type { ObjectRequests } from './object-requests.ts'
import type { CutStream } from './part-stream.ts'

export interface PutPlace {
  readonly client: Client
  readonly requests: Pick<ObjectRequests, 'put'>
  readonly bucket: string
  readonly key: string
}

/** Parts on their way at once; each waits in memory. */
const PARTS_AT_ONCE = 3

interface SentPart {
  readonly part: number
  readonly etag: string
}

async function* headThenRest(head: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* head
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

async function sendParts(
  { client, bucket, key }: PutPlace,
  uploadID: string,
  parts: AsyncIterable<Buffer>,
): Promise<SentPart[]> {
  const sent: Promise<SentPart>[] = []
  let partNumber = 0
  try {
    for await (const bytes of parts) {
      partNumber += 1
      const to = { bucketName: bucket, objectName: key, uploadID, partNumber, headers: {} }
      const sending = client.uploadPart(to, bytes).then(({ etag, part }) => ({ etag, part }))
      sending.catch(() => undefined)
      sent.push(sending)
      await sent[sent.length - PARTS_AT_ONCE]
    }
    return await Promise.all(sent)
  } finally {
    // Nothing is sent any more when the upload is given up.
    await Promise.allSettled(sent)
  }
}

async function putInParts(place: PutPlace, parts: AsyncIterable<Buffer>): Promise<void> {
  const { client, bucket, key } = place
  const upload = await client.initiateNewMultipartUpload(bucket, key, {})
  try {
    const sent = await sendParts(place, upload, parts)
    await client.completeMultipartUpload(bucket, key, upload, sent)
  } catch (error) {
    // What cannot be taken back now goes with the job's prefix.
    await client.abortMultipartUpload(bucket, key, upload).catch(() => undefined)
    throw error
  }
}

/** Nothing is visible under the key before all parts are there. */
export async function putParts(place: PutPlace, { parts, facts }: CutStream): Promise<void> {
  const iterator = parts[Symbol.asyncIterator]()
  try {
    const first = await iterator.next()
    const second = first.done ? first : await iterator.next()
    const head = [first, second].flatMap((next) => (next.done ? [] : [next.value]))
    if (head.length > 1) return await putInParts(place, headThenRest(head, iterator))
    const [only = Buffer.alloc(0)] = head
    await place.requests.put(place.key, only, facts().sha256)
  } finally {
    await iterator.return?.()
  }
}
