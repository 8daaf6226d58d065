// Real child processes that crash, hang, eat, lie and dawdle: the pool answers each time with the right code.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { findBox } from '#runtime/box/find-box.ts'
import { BLUR, ourProcesses, scriptedPool, spawnScripted } from './fixtures/scripted-pool.ts'

test('a task comes back with its report and its output', async () => {
  await using pool = await scriptedPool({})
  const { report, output } = await pool.run('work:1')
  expect(report).toMatchObject({ faces: 1, plates: 2, outputExtension: '.jpg' })
  expect(output).toBe('work:1')
  expect(pool.replaced).toEqual([])
})

test.each([
  ['crash', 'WORKER_DIED', 'signal'],
  ['leave', 'WORKER_DIED', 'exit'],
  ['kill', 'WORKER_DIED', 'signal'],
  ['garbage', 'WORKER_DIED', 'garbage'],
  ['hang', 'WORKER_TIMEOUT', 'silence'],
  ['sleep', 'WORKER_TIMEOUT', 'silence'],
  ['same progress', 'WORKER_TIMEOUT', 'silence'],
  ['eat', 'WORKER_MEMORY', 'memory'],
])(
  'a worker that does "%s" ends its task with %s and the next task finds a new worker',
  async (script, code, by) => {
    await using pool = await scriptedPool(by === 'silence' ? { limits: { silentMs: 400 } } : {})
    await expect(pool.run(script)).rejects.toMatchObject({ name: 'WorkerDeath', code, by })
    expect(pool.deaths).toEqual([`${code}/${by}`])
    expect(pool.replaced).toEqual(['death'])
    expect((await pool.run('work:1')).output).toBe('work:1')
    expect(await pool.leftovers()).toEqual([])
  },
)

test('a refusal keeps its code and its worker; after a mistake of ours the worker is replaced', async () => {
  await using pool = await scriptedPool({})
  await expect(pool.run('refuse:MEDIA_UNREADABLE')).rejects.toMatchObject({
    name: 'PermanentFailure',
    code: 'MEDIA_UNREADABLE',
  })
  await expect(pool.run('refuse:DISK_FULL')).rejects.toMatchObject({ name: 'TransientFailure' })
  expect(pool.replaced).toEqual([])
  await expect(pool.run('refuse:INTERNAL')).rejects.toMatchObject({ code: 'INTERNAL' })
  expect(pool.replaced).toEqual(['mistake'])
})

test('progress that grows keeps a task alive beyond the silence allowed, and is handed on', async () => {
  await using pool = await scriptedPool({ limits: { silentMs: 500 } })
  const seen: number[] = []
  await pool.run('film:80', { onProgress: (p) => seen.push(p.progress) })
  expect(seen).toHaveLength(80)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
})

test('an abort kills the worker at once and rejects with the reason', async () => {
  await using pool = await scriptedPool({})
  await pool.run('work:1')
  const stop = new AbortController()
  const running = Promise.withResolvers<void>()
  const run = pool.run('say and hang', { signal: stop.signal, onProgress: () => running.resolve() })
  await running.promise
  const started = performance.now()
  stop.abort(new Error('called off'))
  await expect(run).rejects.toThrow('called off')
  expect(performance.now() - started).toBeLessThan(500)
  expect(pool.replaced).toEqual(['abort'])
  expect(await pool.leftovers()).toEqual([])
})

test('a task that waits for its turn can be called off without harm to the one that runs', async () => {
  await using pool = await scriptedPool({})
  const stop = new AbortController()
  const first = pool.run('work:200')
  const second = pool.run('work:1', { signal: stop.signal })
  stop.abort(new Error('called off'))
  await expect(second).rejects.toThrow('called off')
  expect((await first).output).toBe('work:200')
  expect(pool.replaced).toEqual([])
})

test('a larger frame may use more memory, but not without end', async () => {
  await using pool = await scriptedPool({ limits: { baseBytes: 150 * 2 ** 20 } })
  await expect(pool.run('grow and stay:160')).rejects.toMatchObject({ code: 'WORKER_MEMORY' })
  expect((await pool.run('large:160')).output).toBe('large:160')
  await expect(pool.run('large and stay:420')).rejects.toMatchObject({ code: 'WORKER_MEMORY' })
})

test('a worker that has served long enough, or has grown, is replaced between tasks', async () => {
  await using pool = await scriptedPool({ limits: { tasksPerWorker: 2, growthBytes: 40 * 2 ** 20 } })
  await pool.run('work:1')
  expect(pool.replaced).toEqual([])
  await pool.run('work:1')
  expect(pool.replaced).toEqual(['tasks'])
  await pool.run('grow:60')
  expect(pool.replaced).toEqual(['tasks', 'growth'])
})

test('a worker that dies between two tasks costs nobody anything', async () => {
  await using pool = await scriptedPool({})
  await pool.run('die after')
  await setTimeout(200)
  expect((await pool.run('work:1')).output).toBe('work:1')
  expect(pool.deaths).toEqual([])
})

test('an answer for another task is not taken for this one', async () => {
  await using pool = await scriptedPool({})
  expect((await pool.run('stale done')).output).toBe('stale done')
})

test('a worker that puts a link in the place of its folder leads nobody through it', async () => {
  await using pool = await scriptedPool({})
  await using folder = await pool.pool.openFolder()
  await writeFile(folder.paths('.jpg').input, 'steal link')
  const order = { id: 'a', kind: 'picture', extension: '.jpg', until: 'rendered', given: false } as const
  const signal = new AbortController().signal
  await pool.pool.run({ ...order, choice: BLUR }, folder, { signal })
  expect(existsSync(join(folder.path, 'etc'))).toBe(false)
  await expect(pool.run('remove folder')).rejects.toMatchObject({ code: 'ENOENT' })
  expect((await pool.run('work:1')).output).toBe('work:1')
})

test.each([
  ['unfit', 'MODEL_NOT_AVAILABLE', 1],
  ['mute', 'WORKER_DIED', 2],
  ['stillborn', 'WORKER_DIED', 2],
])(
  'a worker that is %s is told loudly (%s, after %i starts) and no process is left',
  async (mode, code, starts) => {
    let spawned = 0
    const spawn = spawnScripted(undefined, mode)
    await using pool = await scriptedPool({
      spawn: (...args) => {
        spawned++
        return spawn(...args)
      },
      limits: { readyMs: mode === 'mute' ? 50 : 5000 },
    })
    await expect(pool.pool.ready()).rejects.toMatchObject({ name: 'WorkerUnfit', code })
    expect(spawned).toBe(starts)
    expect(ourProcesses()).toEqual({ workers: 0, zombies: 0 })
  },
  30_000,
)

test('what an earlier run left in the work folder is swept at the start', async () => {
  const root = await mkdtemp(join(tmpdir(), 'syntonym-pool-'))
  for (const left of ['tasks/old', 'slots/0/task', 'slots/7/task']) {
    await mkdir(join(root, left), { recursive: true })
    await writeFile(join(root, left, 'input.jpg'), 'a face')
  }
  await using pool = await scriptedPool({ root })
  expect(await pool.leftovers()).toEqual([])
  await rm(join(root, 'slots/7'), { recursive: true, force: true })
})

test('120 tasks of every kind on 4 slots: each ends as it should, nothing and nobody is left', async () => {
  await using pool = await scriptedPool({ slots: 4, limits: { silentMs: 2000 } })
  const scripts = [
    'work:5',
    'crash',
    'work:1',
    'refuse:MEDIA_UNREADABLE',
    'leave',
    'film:2',
    'garbage',
    'abort',
  ]
  const wanted: Record<string, string> = {
    crash: 'WORKER_DIED',
    leave: 'WORKER_DIED',
    garbage: 'WORKER_DIED',
  }
  const ends = await Promise.all(
    Array.from({ length: 120 }, async (_, index) => {
      const script = scripts[index % scripts.length] ?? ''
      const signal = script === 'abort' ? AbortSignal.timeout(index * 5) : new AbortController().signal
      const end = await pool.run(script === 'abort' ? 'sleep' : script, { signal }).then(
        () => 'done',
        (error) => error.code ?? error.name,
      )
      return { script, end }
    }),
  )
  for (const { script, end } of ends) {
    if (script === 'abort') expect(['TimeoutError', 23]).toContain(end)
    else
      expect(end, script).toBe(wanted[script] ?? (script.startsWith('refuse') ? 'MEDIA_UNREADABLE' : 'done'))
  }
  expect(await pool.leftovers()).toEqual([])
  await pool.pool[Symbol.asyncDispose]()
  expect(ourProcesses()).toEqual({ workers: 0, zombies: 0 })
}, 60_000)

test('in the strongest box of this machine a worker sees its task and a killed one is replaced', async () => {
  const box = await findBox({ searchPath: '/usr/bin', tempFolder: tmpdir() })
  await using pool = await scriptedPool({ spawn: spawnScripted(box) })
  expect((await pool.run('work:1')).output).toBe('work:1')
  await expect(pool.run('crash')).rejects.toMatchObject({ code: 'WORKER_DIED' })
  await expect(pool.run('eat')).rejects.toMatchObject({ code: 'WORKER_MEMORY' })
  expect((await pool.run('work:1')).output).toBe('work:1')
  expect(await pool.leftovers()).toEqual([])
})
