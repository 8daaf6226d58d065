// Finds the strongest box that this machine allows, by trying each once.
import { constants } from 'node:fs'
import { access, mkdtemp, realpath, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Box, BoxStrategy } from './pure/box-request.ts'
import { spawnBoxed } from './spawn-boxed.ts'
import { systemFolders } from './system-folders.ts'

/** User namespace and /proc of its own, best first. */
const UNSHARE_TRIES = [
  [true, true],
  [false, true],
  [true, false],
  [false, false],
] as const
const TRY_MS = 10_000
const TRY_BYTES = 512 * 1024 * 1024

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function works(box: Box, folder: string): Promise<boolean> {
  await using child = await spawnBoxed(box, {
    command: process.execPath,
    args: ['-e', 'require("node:fs").writeFileSync("tried", "")'],
    readable: [process.execPath],
    writable: folder,
    memoryBytes: TRY_BYTES,
    ipc: false,
    signal: AbortSignal.timeout(TRY_MS),
  })
  const end = await child.ended
  return end.how === 'exited' && end.code === 0
}

/**
 * Tries bubblewrap (the given program first, then those on `searchPath`), then `unshare` of util-linux, and falls
 * back to a plain child with resource limits and an empty environment.
 * @param options.tempFolder an existing folder in which a folder for the tries is made and removed
 */
export async function findBox(options: {
  readonly bubblewrap?: string | undefined
  readonly searchPath: string
  readonly tempFolder: string
}): Promise<Box> {
  const system = await systemFolders()
  const onPath = options.searchPath.split(delimiter).map((folder) => join(folder, 'bwrap'))
  const strategies: BoxStrategy[] = []
  for (const program of new Set([options.bubblewrap ?? [], '/usr/bin/bwrap', ...onPath].flat())) {
    if (!(await isExecutable(program))) continue
    strategies.push({ name: 'bubblewrap', program, proc: true }, { name: 'bubblewrap', program, proc: false })
  }
  if (await isExecutable('/usr/bin/unshare'))
    for (const [user, proc] of UNSHARE_TRIES) strategies.push({ name: 'unshare', user, proc })

  const folder = await realpath(await mkdtemp(join(options.tempFolder, 'box-')))
  try {
    for (const strategy of strategies) {
      const box = { strategy, system }
      if (await works(box, folder)) return box
    }
    return { strategy: { name: 'plain' }, system }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
