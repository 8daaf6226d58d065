// Proves what the box promises: no network, no files, no credentials, and an end whatever the child does.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { describeBox } from '#runtime/box/describe-box.ts'
import { findBox } from '#runtime/box/find-box.ts'
import { nodeReadable } from '#runtime/box/node-readable.ts'
import type { Box, BoxRequest } from '#runtime/box/pure/box-request.ts'
import { type BoxedChild, spawnBoxed } from '#runtime/box/spawn-boxed.ts'

const root = resolve(import.meta.dirname, '../..')
const childFile = join(root, 'test/box/child.ts')
const MEMORY = 256 * 1024 * 1024

let folder = ''
let work = ''
let best: Box

const request = (over: Partial<BoxRequest> = {}): BoxRequest => ({
  command: process.execPath,
  args: [childFile],
  readable: nodeReadable(root, process.execPath, ['test/box']),
  writable: work,
  memoryBytes: MEMORY,
  ipc: true,
  signal: AbortSignal.timeout(15_000),
  ...over,
})

/** Sends one order once the child is ready and gives its answer. */
async function ask(child: BoxedChild, order: string, argument = ''): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.ended.then((end) => reject(new Error(`${end.how}: ${end.stderr.text}`)))
    child.onMessage((message) => {
      if (message === 'ready') child.send({ do: order, with: argument })
      else resolve(message)
    })
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syntonym-box-test-'))
  work = join(folder, 'work')
  await mkdir(work)
  await writeFile(join(folder, 'secret'), 'secret')
  best = await findBox({ searchPath: process.env.PATH ?? '', tempFolder: folder })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function withListener<T>(what: (port: number) => Promise<T>): Promise<{ result: T; requests: number }> {
  let requests = 0
  const server = createServer((socket) => {
    requests++
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  try {
    return { result: await what(typeof address === 'object' && address ? address.port : 0), requests }
  } finally {
    server.close()
  }
}

describe('in the box that this machine allows', () => {
  test('a child cannot open a connection', async ({ skip }) => {
    if (describeBox(best).network === 'open') skip('this machine allows no network namespace')
    const { result, requests } = await withListener(async (port) => {
      await using child = await spawnBoxed(best, request())
      return await ask(child, 'connect', String(port))
    })
    expect(result).toMatch(/ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL/)
    expect(requests).toBe(0)
  })

  test('a child cannot read a file that was not named', async ({ skip }) => {
    if (describeBox(best).files !== 'only named') skip('this machine has no bubblewrap')
    for (const path of [
      join(folder, 'secret'),
      '/etc/passwd',
      `/proc/${process.pid}/environ`,
      join(root, 'LICENSE'),
    ]) {
      await using child = await spawnBoxed(best, request())
      expect(await ask(child, 'read', path), path).not.toMatch(/^done: ./)
    }
  })

  test('a child can write its own folder and nothing else', async ({ skip }) => {
    if (describeBox(best).files !== 'only named') skip('this machine has no bubblewrap')
    await using child = await spawnBoxed(best, request())
    expect(await ask(child, 'write', join(work, 'mine'))).toBe('done: undefined')
    expect(existsSync(join(work, 'mine'))).toBe(true)
    for (const path of ['/outside', '/dev/shm/outside', '/tmp/outside', join(root, 'schemas/outside')]) {
      await using other = await spawnBoxed(best, request())
      expect(await ask(other, 'write', path), path).toMatch(/EROFS|EACCES|ENOENT/)
    }
  })
})

const unshared = (): Box => ({ strategy: { name: 'unshare', user: true, proc: true }, system: [] })
const plain = (): Box => ({ strategy: { name: 'plain' }, system: [] })

async function isAllowed(box: Box): Promise<boolean> {
  await using tried = await spawnBoxed(box, request({ args: ['-e', '0'], ipc: false }))
  const end = await tried.ended
  return end.how === 'exited' && end.code === 0
}

describe('where only unshare of util-linux works', () => {
  test('a child has no network and sees no other process', async ({ skip }) => {
    if (!(await isAllowed(unshared()))) skip('this machine allows no user namespace')
    const { requests } = await withListener(async (port) => {
      await using child = await spawnBoxed(unshared(), request())
      return await ask(child, 'connect', String(port))
    })
    expect(requests).toBe(0)
    await using child = await spawnBoxed(unshared(), request())
    expect(await ask(child, 'read', `/proc/${process.pid}/environ`)).not.toMatch(/^done: ./)
  })
})

describe.each([
  ['the best box', () => best],
  ['unshare', unshared],
  ['a plain child', plain],
] as const)('in %s', (_, box) => {
  beforeEach(async ({ skip }) => {
    if (!(await isAllowed(box()))) skip('this machine does not allow it')
  })

  test('the environment holds no variable of ours', async () => {
    process.env.SYNTONYM_S3_SECRET_KEY = 'secret'
    await using child = await spawnBoxed(box(), request())
    const names = await ask(child, 'environment')
    delete process.env.SYNTONYM_S3_SECRET_KEY
    expect(names).not.toContain('SYNTONYM_S3_SECRET_KEY')
    expect(names).not.toContain('PATH')
    expect(names).not.toContain('HOME')
  })

  test('a child that takes more memory than allowed is killed, and the machine never gives twice of it', async () => {
    await using child = await spawnBoxed(box(), request())
    child.onMessage((message) => message === 'ready' && child.send({ do: 'fill', with: '' }))
    const end = await child.ended
    expect(end.how).toBe('memory')
    expect(end.peakBytes).toBeGreaterThan(MEMORY)
    expect(end.peakBytes).toBeLessThan(2 * MEMORY)
  })

  test('a child ends at once when the signal aborts, with everything that it started', async () => {
    const stop = new AbortController()
    const pulse = 'setInterval(() => require("node:fs").appendFileSync("pulse", "."), 20)'
    const script = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(pulse)}]); ${pulse}`
    await using child = await spawnBoxed(
      box(),
      request({ args: ['-e', script], ipc: false, signal: stop.signal }),
    )
    setTimeout(() => stop.abort(), 600)
    expect((await child.ended).how).toBe('aborted')
    const pulses = (await stat(join(work, 'pulse'))).size
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await stat(join(work, 'pulse'))).size).toBe(pulses)
  })

  test('of a child that talks without end only the beginning is kept', async () => {
    await using child = await spawnBoxed(box(), request({ outputBytes: 1000 }))
    await ask(child, 'print', '5000000')
    child.kill()
    const end = await child.ended
    expect(end.stdout.text).toHaveLength(1000)
    expect(end.stdout.droppedBytes).toBeGreaterThan(0)
  })

  test('a child that burns more processor time than allowed is ended', async () => {
    await using child = await spawnBoxed(
      box(),
      request({ args: ['-e', 'for (;;);'], ipc: false, cpuSeconds: 1 }),
    )
    expect(await child.ended).toMatchObject({ how: 'signalled' })
  })

  test('a child cannot write a file larger than allowed', async () => {
    const script = 'require("node:fs").writeFileSync("big", Buffer.alloc(3_000_000))'
    await using child = await spawnBoxed(
      box(),
      request({ args: ['-e', script], ipc: false, fileBytes: 1_000_000 }),
    )
    const end = await child.ended
    expect(end.how === 'exited' && end.code === 0).toBe(false)
  })

  test('an exit code and a crash are told apart', async () => {
    await using left = await spawnBoxed(box(), request({ args: ['-e', 'process.exit(7)'], ipc: false }))
    expect(await left.ended).toMatchObject({ how: 'exited', code: 7 })
    await using crashed = await spawnBoxed(box(), request({ args: ['-e', 'process.abort()'], ipc: false }))
    expect(await crashed.ended).toMatchObject({ how: 'signalled', signal: 'SIGABRT' })
  })
})

test('a program that does not exist is told as an end, not thrown', async () => {
  await using child = await spawnBoxed(best, request({ command: '/nowhere/program', args: [] }))
  const end = await child.ended
  expect(end.how === 'exited' && end.code === 0).toBe(false)
})
