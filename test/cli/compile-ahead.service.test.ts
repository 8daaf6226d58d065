// Code compiled ahead: boxed children start from it, cannot change it, and do without it.
import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { machineBox, modelCache } from '#cli/machine.ts'
import { repositoryRoot } from '#cli/pixels.ts'
import { runProgram } from '#cli/program.ts'
import { compiledCode, nodeReadable } from '#runtime/box/node-readable.ts'
import type { BoxEnd, BoxRequest } from '#runtime/box/pure/box-request.ts'
import { spawnBoxed } from '#runtime/box/spawn-boxed.ts'
import { MODELS_READY } from '../picture/prepared-models.ts'

const CHILD = join(repositoryRoot, 'processors/extractor/worker/probe-main.ts')
const FILM = join(repositoryRoot, 'processors/anonymizer/film/anonymize-film.ts')
let folder = ''
let said = ''
const environment = (): Record<string, string | undefined> => ({ ...process.env, XDG_CACHE_HOME: folder })
const sink = new Writable({
  write(chunk, _encoding, done) {
    said += String(chunk)
    done()
  },
})

async function runChild(args: readonly string[], over: Partial<BoxRequest>): Promise<BoxEnd> {
  const work = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-compiled-work-')))
  try {
    await using child = await spawnBoxed(await machineBox(environment()), {
      command: process.execPath,
      args,
      readable: nodeReadable(repositoryRoot, process.execPath, ['models']),
      writable: work,
      memoryBytes: 1 << 30,
      ipc: false,
      outputBytes: 1 << 20,
      signal: AbortSignal.timeout(30_000),
      ...over,
    })
    return await child.ended
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-compiled-')))
  await mkdir(join(folder, 'syntonym'))
  const cache = dirname(modelCache(process.env))
  for (const name of ['models', 'tools']) await symlink(join(cache, name), join(folder, 'syntonym', name))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.skipIf(!MODELS_READY)(
  'a boxed child starts from code that was compiled ahead, and cannot change it',
  async () => {
    expect(compiledCode(await machineBox(environment()))).toEqual({ readable: [], env: {} })
    const io = { out: sink, err: sink, environment: environment(), signal: AbortSignal.timeout(60_000) }
    expect(await runProgram(['compile-ahead'], io), said).toBe(0)

    const box = await machineBox(environment())
    const { readable, env } = compiledCode(box)
    const given = {
      readable: [...nodeReadable(repositoryRoot, process.execPath, ['models']), ...readable],
      env: { ...env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
    }
    for (const args of [[CHILD], [FILM]]) {
      const end = await runChild(args, given)
      expect(end).toMatchObject({ how: 'exited', code: 0 })
      const accepted = `${end.stdout.text}${end.stderr.text}`.match(/was accepted/g)?.length ?? 0
      expect(accepted).toBeGreaterThan(20)
    }

    const before = (await readdir(readable[0] ?? '', { recursive: true })).sort()
    const write = `require('node:fs').writeFileSync(${JSON.stringify(join(readable[0] ?? '', 'planted'))}, '')`
    const end = await runChild(['-e', write], given)
    if (box.strategy.name !== 'bubblewrap') return
    expect(end).toMatchObject({ how: 'exited', code: 1 })
    expect((await readdir(readable[0] ?? '', { recursive: true })).sort()).toEqual(before)
  },
  90_000,
)
