// Objects in a bucket of any S3: streamed in and out, whole or not there, swept by prefix with what was left half-sent.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'minio'
import type { ObjectFacts, Objects, StoredObject } from '../objects/objects.ts'
import { putParts } from './multipart-put.ts'
import type { ObjectRequests } from './object-requests.ts'
import { cutStream } from './part-stream.ts'
import { attachmentNamed } from './pure/content-disposition.ts'
import { isMissingObject, objectMissing, objectsAway, s3Failure } from './s3-failure.ts'
import { isSmall, sha256Of, smallFile, wholeBody, writeNewFile } from './whole-object.ts'

export interface S3Place {
  readonly client: Client
  readonly bucket: string
  /** The same bucket, for what is asked of every task. */
  readonly requests: ObjectRequests
  /** Signs links under the address that browsers reach; undefined where there is none. */
  readonly linkClient: Client | undefined
  /** Ends the connections. */
  readonly close: () => void
}

/** 10,000 parts of an object make 160 GiB. */
const PART_BYTES = 16 << 20
const DELETED_AT_ONCE = 1_000

/** Reports a broken read as the kind of failure that it is. */
function classified(from: Readable): Readable {
  const through = new PassThrough()
  from.once('error', (error) => through.destroy(s3Failure(error) as Error))
  from.once('close', () => {
    if (!from.readableEnded && !through.destroyed) through.destroy(objectsAway())
  })
  through.once('close', () => from.destroy())
  return from.pipe(through)
}

class S3Objects implements Objects {
  readonly #place: S3Place

  constructor(place: S3Place) {
    this.#place = place
  }

  async put(key: string, content: Readable): Promise<StoredObject> {
    const { client, bucket, requests } = this.#place
    const cut = cutStream(content, PART_BYTES)
    await this.#asking(() => putParts({ client, requests, bucket, key }, cut))
    return { key, ...cut.facts() }
  }

  async putFile(key: string, path: string): Promise<StoredObject> {
    const whole = smallFile(path)
    if (whole === undefined) return this.put(key, createReadStream(path, { highWaterMark: 1 << 20 }))
    const sha256 = sha256Of(whole)
    await this.#asking(() => this.#place.requests.put(key, whole, sha256))
    return { key, bytes: whole.length, sha256 }
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const { client, bucket } = this.#place
    if (range === undefined) return classified(await this.#get(key))
    const facts = await this.stat(key)
    if (facts === undefined) throw objectMissing()
    const end = Math.min(range.end, facts.bytes)
    if (end <= range.start) return Readable.from([])
    return classified(
      await this.#asking(() => client.getPartialObject(bucket, key, range.start, end - range.start)),
    )
  }

  async fetchTo(key: string, path: string): Promise<StoredObject> {
    const answer = await this.#get(key)
    if (isSmall(answer)) {
      const whole = await this.#asking(() => wholeBody(answer))
      await writeNewFile(path, whole)
      return { key, bytes: whole.length, sha256: sha256Of(whole) }
    }
    const content = classified(answer)
    const hash = createHash('sha256')
    let bytes = 0
    async function* counted(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    }
    const file = await open(path, 'wx', 0o600)
    try {
      await pipeline(content, counted, file.createWriteStream())
    } catch (error) {
      await rm(path, { force: true })
      throw s3Failure(error)
    }
    return { key, bytes, sha256: hash.digest('hex') }
  }

  async stat(key: string): Promise<ObjectFacts | undefined> {
    const { client, bucket } = this.#place
    try {
      return { key, bytes: (await client.statObject(bucket, key)).size }
    } catch (error) {
      if (isMissingObject(error)) return undefined
      throw s3Failure(error)
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectFacts> {
    const { client, bucket } = this.#place
    try {
      for await (const item of client.listObjectsV2(bucket, prefix, true))
        if (item.name !== undefined) yield { key: item.name, bytes: item.size }
    } catch (error) {
      throw s3Failure(error)
    }
  }

  async delete(key: string): Promise<void> {
    const { client, bucket } = this.#place
    try {
      await client.removeObject(bucket, key)
    } catch (error) {
      if (!isMissingObject(error)) throw s3Failure(error)
    }
  }

  async deletePrefix(prefix: string): Promise<void> {
    await this.#abortUploads(prefix)
    let keys: string[] = []
    for await (const { key } of this.list(prefix)) {
      keys.push(key)
      if (keys.length < DELETED_AT_ONCE) continue
      await this.#deleteAll(keys)
      keys = []
    }
    await this.#deleteAll(keys)
  }

  async presignGet(
    key: string,
    options: { fileName: string; expiresSeconds: number },
  ): Promise<string | undefined> {
    const { linkClient, bucket } = this.#place
    if (linkClient === undefined) return undefined
    return linkClient.presignedGetObject(bucket, key, options.expiresSeconds, {
      'response-content-disposition': attachmentNamed(options.fileName),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#place.close()
  }

  #get(key: string): Promise<IncomingMessage> {
    return this.#asking(() => this.#place.requests.get(key))
  }

  async #deleteAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const { client, bucket } = this.#place
    const refused = await this.#asking(() => client.removeObjects(bucket, [...keys]))
    const [first] = refused.flatMap((answer) => answer?.Error ?? [])
    if (first !== undefined) throw objectsAway(new Error(`an object was not deleted: ${first.Code}`))
  }

  /** Parts of an upload whose process died are bytes of the job, too. */
  async #abortUploads(prefix: string): Promise<void> {
    const { client, bucket } = this.#place
    await this.#asking(async () => {
      for await (const { key, uploadId } of client.listIncompleteUploads(bucket, prefix, true))
        await client.abortMultipartUpload(bucket, key, uploadId)
    })
  }

  async #asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw s3Failure(error)
    }
  }
}

export const s3Objects = (place: S3Place): Objects => new S3Objects(place)
