// Reads a result zip in a test: the text of its entries by name.
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { openPromise } from 'yauzl'

export async function unzip(folder: string, bytes: Buffer): Promise<Map<string, string>> {
  const path = join(await mkdtemp(join(folder, 'unzip-')), 'a.zip')
  await writeFile(path, bytes)
  const archive = await openPromise(path)
  const found = new Map<string, string>()
  for await (const entry of archive.eachEntry())
    found.set(entry.fileName, (await buffer(await archive.openReadStreamPromise(entry))).toString())
  return found
}
