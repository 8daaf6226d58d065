// Installs a server or a tool once per machine into the user's cache folder, so that a fresh clone finds it there.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** Servers that tests talk to; programs that tests run. */
export type Shelf = 'services' | 'tools'

const shelfFolder = (environment: Environment, shelf: Shelf): string =>
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'syntonym', shelf)

export const servicesFolder = (environment: Environment): string => shelfFolder(environment, 'services')

/**
 * The folder `<cache>/syntonym/<shelf>/<name>`, filled by `install` when it is not there yet. Two at once do the
 * work twice and keep one: a half-made install is never seen.
 */
export async function installedOnce(
  environment: Environment,
  name: string,
  install: (folder: string) => Promise<void>,
  shelf: Shelf = 'services',
): Promise<string> {
  const folder = shelfFolder(environment, shelf)
  const target = join(folder, name)
  if (existsSync(target)) return target
  mkdirSync(folder, { recursive: true })
  const fresh = mkdtempSync(join(folder, '.new-'))
  try {
    await install(fresh)
    if (!existsSync(target)) renameSync(fresh, target)
  } catch (error) {
    // The other one was sooner.
    if (!existsSync(target)) throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return target
}
