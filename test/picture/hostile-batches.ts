// Runs the hostile pictures of the shared data in child processes and judges each by the manifest.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { isFailureCode } from '#schemas/failure-codes.ts'

export interface HostileVerdict {
  readonly path: string
  readonly expected: string
  readonly ended: string
  readonly ms: number
  readonly rssMb: number
  readonly wrong: boolean
}

const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.bmp'])
const FOLDERS = /^(images|corrupt|metadata|side-channels|types)\//
const BATCH = 60
const SLOWEST_MS = 60_000
const run = promisify(execFile)

export async function runHostileBatches(manifest: string): Promise<readonly HostileVerdict[]> {
  const rows = (await readFile(manifest, 'utf8')).trim().split('\n').slice(1)
  const wanted = rows.flatMap((row) => {
    const [path = '', , expected = ''] = row.split('\t')
    const isPicture = FOLDERS.test(path) && PICTURES.has(extname(path).toLowerCase())
    return isPicture ? [{ path: join(dirname(manifest), path), expected }] : []
  })
  const verdicts: HostileVerdict[] = []
  for (let from = 0; from < wanted.length; from += BATCH)
    verdicts.push(...(await runBatch(wanted.slice(from, from + BATCH))))
  return verdicts
}

async function runBatch(
  files: readonly { readonly path: string; readonly expected: string }[],
): Promise<readonly HostileVerdict[]> {
  const child = join(import.meta.dirname, 'hostile-child.ts')
  const args = [child, ...files.map((file) => file.path)]
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24 }).catch(
    (error: { stdout?: string }) => ({
      stdout: error.stdout ?? '',
    }),
  )
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  const ends = new Map(
    lines.map((line) => {
      const end: { path: string; ended: string; ms: number; rssMb: number } = JSON.parse(line)
      return [end.path, end]
    }),
  )
  return files.map(({ path, expected }) => {
    const end = ends.get(path) ?? { ended: 'the process died', ms: 0, rssMb: 0 }
    return { path, expected, ...end, wrong: isWrong(path, expected, end) }
  })
}

function isWrong(path: string, expected: string, { ended, ms }: { ended: string; ms: number }): boolean {
  if (ms > SLOWEST_MS || (ended !== 'ok' && !isFailureCode(ended))) return true
  // "ok; x*.png reject": PngSuite's broken files begin with an x.
  const broken = /\/pngsuite\/x/.test(path) || /^(reject|error)/.test(expected)
  if (broken) return ended === 'ok'
  return /^ok(;|:|$)/.test(expected) && ended !== 'ok'
}
