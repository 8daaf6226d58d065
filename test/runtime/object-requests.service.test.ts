// What a get and a put of one object do with servers that misbehave: close a kept line, refuse, or stop in the middle.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { s3Client } from '#runtime/s3/open-s3.ts'
import { s3Objects } from '#runtime/s3/s3-objects.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void

/** Objects on a server that answers as it is told. */
async function openOn(answer: Answer) {
  const seen: { method: string; path: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ method: request.method ?? '', path: request.url ?? '', body })
    answer(request, response, seen.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { client, requestsOn, close } = s3Client(endpoint, { accessKey: 'a', secretKey: 's' })
  const place = { client, bucket: 'b', requests: requestsOn('b'), linkClient: undefined, close }
  return {
    seen,
    objects: s3Objects(place),
    [Symbol.asyncDispose]: async () => {
      close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const put = (objects: ReturnType<typeof s3Objects>, text: string) =>
  objects.put('jobs/1/x y', Readable.from([Buffer.from(text)]))

test('a kept connection that was closed meanwhile costs a second try and no failure', async () => {
  await using site = await openOn((request, response, nth) => {
    if (nth === 2) request.socket.resetAndDestroy()
    else response.end()
  })
  await put(site.objects, 'one')
  await put(site.objects, 'two')
  expect(site.seen.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
    'PUT /b/jobs/1/x%20y one',
    'PUT /b/jobs/1/x%20y two',
    'PUT /b/jobs/1/x%20y two',
  ])
})

test('a fresh connection that is reset is the store being away, and is not tried again here', async () => {
  await using site = await openOn((request) => request.socket.resetAndDestroy())
  await expect(put(site.objects, 'x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(site.seen).toHaveLength(1)
})

test.each([
  [404, '<Error><Code>NoSuchKey</Code></Error>', 'OBJECT_MISSING'],
  [404, '', 'OBJECT_MISSING'],
  [503, '<Error><Code>SlowDown</Code></Error>', 'STORE_UNAVAILABLE'],
  [403, '<Error><Code>SignatureDoesNotMatch</Code></Error>', 'STORE_UNAVAILABLE'],
  [307, '', 'STORE_UNAVAILABLE'],
])('an answer %i %s is %s', async (status, text, code) => {
  await using site = await openOn((_, response) => response.writeHead(status).end(text))
  await using folder = await temporaryFolder()
  await expect(site.objects.fetchTo('k', join(folder.path, 'a'))).rejects.toMatchObject({ code })
  expect(existsSync(join(folder.path, 'a'))).toBe(false)
})

test.each([
  ['small', 1_000],
  ['large', 1_000_000],
])(
  'a %s object whose answer stops in the middle is the store being away, and leaves no file',
  async (_, bytes) => {
    await using site = await openOn((_request, response) => {
      response.writeHead(200, { 'content-length': bytes })
      response.write(Buffer.alloc(bytes / 2), () => response.destroy())
    })
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'a')
    await expect(site.objects.fetchTo('k', path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(existsSync(path)).toBe(false)
  },
)

test('an answer without a length is taken in all the same', async () => {
  await using site = await openOn((_, response) => {
    response.write('in ')
    response.end('pieces')
  })
  await using folder = await temporaryFolder()
  const fetched = await site.objects.fetchTo('k', join(folder.path, 'a'))
  const sha256 = createHash('sha256').update('in pieces').digest('hex')
  expect(fetched).toEqual({ key: 'k', bytes: 9, sha256 })
})
