import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import { ZipFile } from 'yazl'
import { machineBox } from '#cli/machine.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { MODELS_READY, WITHOUT_MODELS } from '../picture/prepared-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

const root = join(import.meta.dirname, '..', '..')
const cache = dirname(modelCacheFolder(process.env))
const { strategy } = await machineBox(process.env)
let folder = ''
let bundle = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syntonym-bundle-'))
  bundle = join(folder, 'models.zip')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Place {
  /** Folder that takes the place of ~/.cache. */
  readonly home: string
}
/** Runs on this machine as it would without any network: a network namespace of its own with nothing in it. */
function withoutNetwork({ home }: Place, command: readonly string[]) {
  const inside =
    strategy.name === 'bubblewrap' ? [strategy.program, '--dev-bind', '/', '/', '--unshare-net'] : []
  const [program = '', ...args] = [...inside, ...command]
  const env = { ...process.env, XDG_CACHE_HOME: home, PATH: '/usr/bin:/bin' }
  return spawnSync(program, args, { cwd: root, encoding: 'utf8', env })
}
const bundler = (...args: readonly string[]) => [process.execPath, 'models/bundle/main.ts', ...args]
const cli = (...args: readonly string[]) => [join(root, 'cli', 'syntonym'), ...args]

/** The bundle again, with some of its bytes or names changed. */
async function changedBundle(
  name: string,
  change: (path: string, bytes: Buffer) => { path: string; bytes: Buffer } | undefined,
): Promise<string> {
  const path = join(folder, name)
  const out = new ZipFile()
  const zip = await yauzl.openPromise(bundle, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
    const now = change(entry.fileName, Buffer.concat(chunks))
    if (now) out.addBuffer(now.bytes, now.path)
  }
  out.end()
  const written: Buffer[] = []
  for await (const chunk of out.outputStream) written.push(Buffer.from(chunk))
  await writeFile(path, Buffer.concat(written))
  return path
}

describe.skipIf(!MODELS_READY || strategy.name !== 'bubblewrap')('an offline bundle', () => {
  it('is written from what setup prepared, to the same bytes each time', async () => {
    expect(withoutNetwork({ home: dirname(cache) }, bundler('write', bundle))).toMatchObject({ status: 0 })
    const again = join(folder, 'again.zip')
    withoutNetwork({ home: dirname(cache) }, bundler('write', again))
    expect((await readFile(again)).equals(await readFile(bundle))).toBe(true)
  }, 120_000)

  it('makes a machine with an empty cache and no network able to hide a picture', async () => {
    const home = join(folder, 'site')
    const before = withoutNetwork({ home }, cli('models'))
    expect([before.status, before.stderr]).toEqual([1, expect.stringContaining('models:install')])
    expect(withoutNetwork({ home }, bundler('install', bundle))).toMatchObject({ status: 0, stderr: '' })
    const listed = withoutNetwork({ home }, cli('models', '--json'))
    expect([listed.status, JSON.parse(listed.stdout).verified]).toEqual([0, true])
    const doctor = JSON.parse(withoutNetwork({ home }, cli('doctor', '--json')).stdout)
    expect(doctor.findings).toContainEqual(expect.objectContaining({ what: 'box for media', state: 'ok' }))
    const output = join(folder, 'hidden.jpg')
    expect(withoutNetwork({ home }, cli('hide', 'samples/street.jpg', '-o', output)).status).toBe(0)
    expect(existsSync(output)).toBe(true)
  }, 120_000)

  it.each([
    [
      'a changed byte',
      (path: string, bytes: Buffer) => {
        if (path.includes('bwrap')) bytes[2000] = (bytes[2000] ?? 0) ^ 1
        return { path, bytes }
      },
      'does not have the hash',
    ],
    [
      'a file missing',
      (path: string, bytes: Buffer) => (path.includes('centerface') ? undefined : { path, bytes }),
      'made by another version',
    ],
    [
      'a file more',
      (path: string, bytes: Buffer) =>
        path.includes('LICENSE') ? { path: 'models/more.onnx', bytes } : { path, bytes },
      'does not know',
    ],
  ] as const)(
    'with %s is refused with what to do, and leaves nothing behind',
    async (name, change, said) => {
      const path = await changedBundle(`${name.replaceAll(' ', '-')}.zip`, change)
      const home = await mkdtemp(join(folder, 'refused-'))
      const { status, stderr } = withoutNetwork({ home }, bundler('install', path))
      expect([status, stderr]).toEqual([2, expect.stringContaining(said)])
      expect(await readdir(home)).toEqual([])
    },
    120_000,
  )

  it('cut short is refused', async () => {
    const path = join(folder, 'cut.zip')
    await writeFile(path, (await readFile(bundle)).subarray(0, 100_000))
    expect(withoutNetwork({ home: folder }, bundler('install', path))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be read'),
    })
  }, 120_000)

  it('is not written from a cache with a changed model', async () => {
    const home = join(folder, 'changed')
    await cp(join(cache, 'models'), join(home, 'syntonym', 'models'), { recursive: true })
    await cp(
      join(cache, 'tools', 'bubblewrap-0.11.0'),
      join(home, 'syntonym', 'tools', 'bubblewrap-0.11.0'),
      {
        recursive: true,
      },
    )
    const [name = ''] = await readdir(join(home, 'syntonym', 'models'))
    await writeFile(join(home, 'syntonym', 'models', name), 'no model')
    const { status, stderr } = withoutNetwork({ home }, bundler('write', join(folder, 'never.zip')))
    expect([status, stderr]).toEqual([2, expect.stringContaining('remove it and run "npm run setup"')])
    expect(existsSync(join(folder, 'never.zip'))).toBe(false)
  }, 120_000)
})

it.skipIf(!MODELS_READY)(
  'a service with a changed model does not start, and says which and how to get it',
  async () => {
    const home = join(folder, 'broken')
    await cp(join(cache, 'models'), join(home, 'syntonym', 'models'), { recursive: true })
    const [name = ''] = (await readdir(join(home, 'syntonym', 'models'))).filter((each) =>
      each.startsWith('centerface'),
    )
    const bytes = await readFile(join(home, 'syntonym', 'models', name))
    bytes[1000] = (bytes[1000] ?? 0) ^ 1
    await writeFile(join(home, 'syntonym', 'models', name), bytes)
    const env = { ...process.env, XDG_CACHE_HOME: home }
    const args = ['dev', '--data-dir', join(folder, 'data'), '--jobs-root', folder, '--port', '0']
    const run = spawnSync(join(root, 'cli', 'syntonym'), args, { encoding: 'utf8', env, timeout: 100_000 })
    expect(run.status).toBe(1)
    const logged = run.stdout.split('\n').filter((line) => line !== '')
    for (const line of logged) expect(JSON.parse(line)).toMatchObject({ code: 'MODEL_NOT_AVAILABLE' })
    expect(run.stderr).toMatch(
      /MODEL_NOT_AVAILABLE.*centerface-1 does not have the hash.*npm run setup.*models:install/,
    )
  },
  120_000,
)
