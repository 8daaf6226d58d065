// A zip made in a test, out of contents in memory.
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packResults } from '#extractor/pack/pack-results.ts'
import { memoryEntries } from './memory-entries.ts'

export async function madeZip(folder: string, files: Record<string, Buffer | string>): Promise<Buffer> {
  const outputPath = join(await mkdtemp(join(folder, 'zip-')), 'a.zip')
  const signal = new AbortController().signal
  await packResults({ format: 'zip', entries: memoryEntries(files), outputPath, mtime: new Date(0), signal })
  return await readFile(outputPath)
}
