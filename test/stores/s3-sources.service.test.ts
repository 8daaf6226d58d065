import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { fetchSource } from '#extractor/job/fetch-source.ts'
import { openS3Objects } from '#runtime/s3/open-s3.ts'
import { openS3Sources } from '#runtime/s3/open-s3-sources.ts'
import { JOBS } from '#schemas/topics.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'
import { call } from '../e2e/rest.ts'
import { openGatewayWorld } from '../gateway/gateway-world.ts'
import { withServices } from '../services/with-services.ts'

await withServices(['s3'], ({ s3 }) => {
  const unique = crypto.randomUUID()
  const [own, inbox] = [`own-${unique}`, `inbox-${unique}`]
  const options = { ...s3.addresses, bucket: own }
  const bytes = Buffer.from('a picture that somebody put into a bucket')
  const fill = async () => {
    await using put = await openS3Objects({ ...options, bucket: inbox })
    await put.put('day 1/ü.jpg', Readable.from([bytes]))
    await put.put('empty.jpg', Readable.from([]))
  }

  test('a file of a configured bucket is submitted by its address; one that is missing, empty or elsewhere is refused', async () => {
    await fill()
    await using world = await openGatewayWorld()
    await using sources = openS3Sources(options, [inbox])
    const { address } = await world.start({ parts: { sources } })
    const submit = (file_path: string) =>
      call(address, 'POST', '/process_file', { file_path, model_config: {} })
    const good = await submit(`s3://${inbox}/day 1/ü.jpg`)
    expect([good.status, good.body.input_file]).toEqual([200, `s3://${inbox}/day 1/ü.jpg`])
    const facts = []
    for await (const record of world.stores.bus.readAll(JOBS.name))
      facts.push(await world.codec.decode(record))
    expect(facts[0]?.data).toMatchObject({ source: `s3://${inbox}/day 1/ü.jpg`, input_kind: 'picture' })
    const missing = await submit(`s3://${inbox}/none.jpg`)
    expect([missing.status, missing.body.code ?? missing.body.detail]).toEqual([404, 'FILE_NOT_FOUND'])
    expect((await submit(`s3://${inbox}/empty.jpg`)).body.code).toBe('FILE_EMPTY')
    const elsewhere = await submit(`s3://${own}/jobs/x/input/y.jpg`)
    expect([elsewhere.status, elsewhere.body.code]).toEqual([422, 'SOURCE_NOT_CONFIGURED'])
  }, 60_000)

  test('the extractor takes the bytes from the bucket once, and a file that vanished since is refused', async () => {
    await fill()
    await using folder = await temporaryFolder()
    await using objects = await openS3Objects(options)
    await using sources = openS3Sources(options, [inbox])
    const signal = new AbortController().signal
    const from = { source: `s3://${inbox}/day 1/ü.jpg`, key: `jobs/${unique}/source`, sources }
    const to = (name: string) => ({ path: join(folder.path, name), signal })
    const stored = await fetchSource(objects, from, to('first'))
    expect(stored.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(await readFile(to('first').path)).toEqual(bytes)
    await using bucket = await openS3Objects({ ...options, bucket: inbox })
    await bucket.delete('day 1/ü.jpg')
    expect(await fetchSource(objects, from, to('again'))).toEqual(stored)
    const gone = fetchSource(objects, { ...from, key: `jobs/${unique}/other` }, to('gone'))
    await expect(gone).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', name: 'PermanentFailure' })
    const unconfigured = { ...from, key: 'k', source: 's3://somewhere/a.jpg' }
    await expect(fetchSource(objects, unconfigured, to('x'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
    const without = { ...from, key: 'k', sources: undefined }
    await expect(fetchSource(objects, without, to('y'))).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' })
  }, 60_000)

  test('the bucket of the service itself is never a source', () => {
    expect(() => openS3Sources(options, [inbox, own])).toThrow('SYNTONYM_S3_SOURCE_BUCKETS')
  })
})
