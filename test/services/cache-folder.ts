// Installs a server once per machine into the user's cache folder, so that a fresh clone finds it there.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

export const servicesFolder = (environment: Environment): string =>
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'syntonym', 'services')

/**
 * The folder `<cache>/syntonym/services/<name>`, filled by `install` when it is not there yet. Two at once do the
 * work twice and keep one: a half-made install is never seen.
 */
export async function installedOnce(
  environment: Environment,
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(servicesFolder(environment), name)
  if (existsSync(target)) return target
  mkdirSync(servicesFolder(environment), { recursive: true })
  const fresh = mkdtempSync(join(servicesFolder(environment), '.new-'))
  try {
    await install(fresh)
    if (!existsSync(target)) renameSync(fresh, target)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return target
}
