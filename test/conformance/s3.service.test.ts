// Runs the conformance suite on objects in S3, and says what only an S3 can do or break.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openS3Objects, type S3Options, s3Client } from '#runtime/s3/open-s3.ts'
import { withServices } from '../services/with-services.ts'
import { objectsConformance } from './objects.conformance.ts'
import { uniqueName } from './unique-name.ts'

const bucketName = () => `test-${uniqueName('b').replaceAll('.', '-')}`

/** Bytes that are told apart wherever a part is lost, doubled or put in another's place. */
function* patterned(bytes: number, chunk = 1 << 20): Generator<Buffer> {
  for (let at = 0; at < bytes; at += chunk) {
    const part = Buffer.alloc(Math.min(chunk, bytes - at))
    for (let word = 0; word + 4 <= part.length; word += 4) part.writeUInt32LE((at + word) / 4, word)
    yield part
  }
}
const hashOf = (chunks: Iterable<Buffer>) => {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

await withServices(['s3'], ({ s3 }) => {
  const bucket = bucketName()
  const options: S3Options = { ...s3.addresses, bucket }
  const raw = s3Client(options.endpoint, options)

  objectsConformance('S3', async () => {
    const adapter = await openS3Objects(options)
    return {
      adapter,
      reopen: () => openS3Objects(options),
      [Symbol.asyncDispose]: () => adapter[Symbol.asyncDispose](),
    }
  })

  test('an object of several parts comes back whole and in ranges across the parts', async () => {
    await using objects = await openS3Objects(options)
    const bytes = 50_000_001
    const key = `${uniqueName('o')}/large`
    const stored = await objects.put(key, Readable.from(patterned(bytes)))
    expect(stored).toEqual({ key, bytes, sha256: hashOf(patterned(bytes)) })
    const chunks: Buffer[] = []
    for await (const chunk of await objects.read(key)) chunks.push(chunk)
    expect(hashOf(chunks)).toBe(stored.sha256)
    const edge = 16 << 20
    const part = await buffer(await objects.read(key, { start: edge - 8, end: edge + 8 }))
    expect([0, 4, 8, 12].map((at) => part.readUInt32LE(at))).toEqual(
      [-2, -1, 0, 1].map((word) => edge / 4 + word),
    )
  }, 120_000)

  test('an upload that breaks in its second part leaves neither an object nor parts', async () => {
    await using objects = await openS3Objects(options)
    const root = uniqueName('o')
    async function* breaking() {
      yield* patterned(40 << 20)
      throw new Error('the source broke')
    }
    await expect(objects.put(`${root}/x`, Readable.from(breaking()))).rejects.toThrow('the source broke')
    expect(await objects.stat(`${root}/x`)).toBeUndefined()
    expect(await raw.client.listIncompleteUploads(bucket, root, true).toArray()).toEqual([])
  }, 120_000)

  test('deleting a prefix takes the parts that a killed process left behind, and only those', async () => {
    await using objects = await openS3Objects(options)
    const [job, other] = [uniqueName('job'), uniqueName('job')]
    for (const of of [job, other]) await raw.client.initiateNewMultipartUpload(bucket, `${of}/half`, {})
    await objects.deletePrefix(`${job}/`)
    const left = async (of: string) =>
      (await raw.client.listIncompleteUploads(bucket, `${of}/`, true).toArray()).length
    expect([await left(job), await left(other)]).toEqual([0, 1])
  })

  test('a prefix of more objects than one page holds is listed and deleted completely', async () => {
    await using objects = await openS3Objects(options)
    const root = uniqueName('o')
    const count = 1_005
    for (let at = 0; at < count; at += 100)
      await Promise.all(
        Array.from({ length: Math.min(100, count - at) }, (_, i) =>
          objects.put(`${root}/${at + i}`, Readable.from([Buffer.from('x')])),
        ),
      )
    let listed = 0
    for await (const _ of objects.list(`${root}/`)) listed += 1
    expect(listed).toBe(count)
    await objects.deletePrefix(`${root}/`)
    for await (const { key } of objects.list(`${root}/`)) throw new Error(`${key} is still there`)
  }, 120_000)

  test('a link under the public address opens the file under its name, and no other and no longer', async () => {
    const { port } = new URL(options.endpoint)
    await using objects = await openS3Objects({ ...options, publicEndpoint: `http://localhost:${port}` })
    const key = `${uniqueName('o')}/ü 車`
    await objects.put(key, Readable.from([Buffer.from('bytes')]))
    const link = await objects.presignGet(key, { fileName: 'Zürich "車" (1).jpg', expiresSeconds: 60 })
    expect(new URL(link ?? '').host).toBe(`localhost:${port}`)
    const answer = await fetch(link ?? '')
    expect([answer.status, await answer.text()]).toEqual([200, 'bytes'])
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="Z_rich ___ (1).jpg"; filename*=UTF-8''Z%C3%BCrich%20%22%E8%BB%8A%22%20%281%29.jpg`,
    )
    expect((await fetch((link ?? '').replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).status).toBe(403)
    expect((await fetch((link ?? '').replace('%C3%BC', 'u'))).status).toBe(403)
  })

  test('without a public address there is no link', async () => {
    await using objects = await openS3Objects(options)
    expect(await objects.presignGet('any', { fileName: 'x', expiresSeconds: 60 })).toBeUndefined()
  })

  test('a refused key is a setting that is wrong, and says which', async () => {
    await expect(openS3Objects({ ...options, secretKey: 'wrong' })).rejects.toThrow('SYNTONYM_S3_SECRET_KEY')
  })

  test('a store that is away is a failure to be waited out, not one of the work', async () => {
    const away = openS3Objects({ ...options, endpoint: 'http://127.0.0.1:1' })
    await expect(away).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', name: 'TransientFailure' })
  })
})
