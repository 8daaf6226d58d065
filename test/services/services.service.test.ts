import { createHash } from 'node:crypto'
import { createConnection } from 'node:net'
import { Readable } from 'node:stream'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { openS3Objects } from '#runtime/s3/open-s3.ts'
import { uniqueName } from '#test/conformance/unique-name.ts'
import { withServices } from './with-services.ts'

const ask = (url: string, command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(command))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
  })

await withServices(
  ['kafka', 'registry', 'valkey', 'redis', 's3'],
  ({ kafka, registry, valkey, redis, s3 }) => {
    describe('the servers of a test run are real', () => {
      test('Kafka keeps a record and makes no topic by itself', async () => {
        const client = new Kafka({
          brokers: [...kafka.addresses.brokers],
          logLevel: logLevel.NOTHING,
          retry: { retries: 2 },
        })
        const [admin, producer] = [client.admin(), client.producer()]
        const topic = uniqueName('services')
        await Promise.all([admin.connect(), producer.connect()])
        await expect(producer.send({ topic, messages: [{ value: 'lost' }], timeout: 1_000 })).rejects.toThrow(
          /topic/,
        )
        await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] })
        await producer.send({ topic, messages: [{ value: 'kept' }] })
        expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '1' }])
        await Promise.all([admin.disconnect(), producer.disconnect()])
      }, 60_000)

      test('the registry refuses a schema that cannot read what was written', async () => {
        const subject = uniqueName('services')
        const post = (path: string, method: string, body: object) =>
          fetch(`${registry.addresses.url}${path}`, {
            method,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })
        const schema = (fields: object[]) => ({
          schema: JSON.stringify({ type: 'record', name: 'R', fields }),
        })
        const versions = `/subjects/${subject}/versions`
        expect((await post(versions, 'POST', schema([{ name: 'a', type: 'string' }]))).ok).toBe(true)
        expect((await post(`/config/${subject}`, 'PUT', { compatibility: 'BACKWARD' })).ok).toBe(true)
        const refused = await post(versions, 'POST', schema([{ name: 'b', type: 'string' }]))
        expect(refused.status).toBe(409)
      })

      test('Valkey and Redis 7 run functions', async () => {
        for (const url of [valkey.addresses.url, redis.addresses.url]) {
          const body = "#!lua name=services\nredis.register_function('seven', function() return 7 end)"
          await ask(
            url,
            `*4\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$7\r\nREPLACE\r\n$${body.length}\r\n${body}\r\n`,
          )
          expect(await ask(url, 'FCALL seven 0\r\n')).toBe(':7\r\n')
        }
      })

      test('the S3 server answers nobody without a signature', async () => {
        const put = await fetch(
          `${s3.addresses.endpoint}/bucket-${createHash('sha256').digest('hex').slice(0, 8)}`,
          {
            method: 'PUT',
          },
        )
        expect(put.status).toBe(403)
        expect(await put.text()).toContain('AccessDenied')
      })

      // Every bucket takes volumes of its own, and a whole run of the tests makes a dozen.
      test('the S3 server has room for thirty buckets', async () => {
        for (let bucket = 0; bucket < 30; bucket++) {
          await using objects = await openS3Objects({
            ...s3.addresses,
            bucket: `room-${bucket}-${crypto.randomUUID()}`,
          })
          await objects.put('small', Readable.from([Buffer.from('x')]))
        }
      })
    })
  },
)
