// Writes the offline bundle: a zip of what the cache holds, each file checked before it goes in.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { PreparationFailure } from '../prepare/fetch-wheel.ts'
import type { BundleFile } from './bundle-content.ts'

/** The same content makes the same bytes. */
const MTIME = new Date('2026-01-01T00:00:00Z')
const REGULAR_FILE = 0o100000

/**
 * Writes `target`, whole or not at all; an older one is replaced.
 * @throws {PreparationFailure} naming a file that is missing or changed in the cache
 */
export async function writeBundle(
  content: readonly BundleFile[],
  cacheFolder: string,
  target: string,
): Promise<void> {
  const zip = new ZipFile()
  for (const file of content) {
    const bytes = await checkedFile(join(cacheFolder, file.path), file)
    zip.addBuffer(bytes, file.path, { mtime: MTIME, mode: REGULAR_FILE | file.mode })
  }
  zip.end()
  const partial = `${target}.${process.pid}.partial`
  try {
    // yazl types its stream as any readable; it is a Node one.
    await pipeline(zip.outputStream as Readable, createWriteStream(partial, { flags: 'wx' }))
    await rename(partial, target)
  } finally {
    await rm(partial, { force: true })
  }
}

async function checkedFile(path: string, file: BundleFile): Promise<Buffer> {
  try {
    const bytes = await readFile(path)
    if (createHash('sha256').update(bytes).digest('hex') === file.sha256) return bytes
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw new PreparationFailure(`${path} is missing: run "npm run setup" first, with network access.`, {
      cause: error,
    })
  }
  throw new PreparationFailure(
    `${path} does not have the hash that this version names: remove it and run "npm run setup".`,
  )
}
