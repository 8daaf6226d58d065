// Runs 7zz so that it asks for nothing, opens only the format it is told, and never outlives its reader.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { ArchiveType } from '../pure/media-types.ts'
import type { ArchiveSource } from './open-archive.ts'

const FORMATS: Readonly<Record<Exclude<ArchiveType, 'zip'>, string>> = {
  '7z': '7z',
  rar4: 'Rar',
  rar5: 'Rar5',
}
/** What 7zz may say on stderr, in bytes; the rest is read and dropped. */
const KEPT_ERROR_BYTES = 16 * 1024

export interface SevenZipRun extends AsyncDisposable {
  readonly output: Readable
  /** Exit code (0 fine, 1 warning, 2 error, 8 memory) and the beginning of what was said. */
  readonly ended: Promise<{ readonly code: number; readonly errors: string }>
}

function keptErrors(child: ChildProcessByStdio<null, Readable, Readable>): () => string {
  let kept = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (kept.length < KEPT_ERROR_BYTES) kept += text.slice(0, KEPT_ERROR_BYTES - kept.length)
  })
  return () => kept
}

/**
 * @param names only this member, by its exact name; none: the whole archive
 */
export function runSevenZip(
  { type, path, sevenZip }: ArchiveSource,
  command: readonly ['l', '-slt'] | readonly ['x', '-so'],
  ...names: readonly string[]
): SevenZipRun {
  const format = type === 'zip' ? 'zip' : FORMATS[type]
  // An empty password answers the question that 7zz would ask; -spd takes names literally; -- ends switches and lists.
  const args = [
    ...command,
    `-t${format}`,
    '-p',
    '-bd',
    '-spd',
    '-sccUTF-8',
    '-scsUTF-8',
    '--',
    path,
    ...names,
  ]
  const child = spawn(sevenZip, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C.UTF-8' } })
  const errors = keptErrors(child)
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
    code: code ?? -1,
    errors: errors(),
  }))
  return {
    output: child.stdout,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      child.stdout.destroy()
      await ended
    },
  }
}
