// Installs an offline bundle into the cache: every file is checked against this repository first, then all are put in place.
import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import yauzl from 'yauzl'
import { PreparationFailure } from '../prepare/fetch-wheel.ts'
import type { BundleFile } from './bundle-content.ts'

/** No file of a bundle is larger. */
const MOST_BYTES = 512 * 1024 * 1024

/**
 * Nothing is written unless the whole bundle is as `content` says: no file missing, changed or of another version.
 * @throws {PreparationFailure} saying which file is wrong and what to do
 */
export async function installBundle(
  path: string,
  content: readonly BundleFile[],
  cacheFolder: string,
): Promise<void> {
  const found = await readBundle(path, content)
  const missing = content.filter((file) => !found.has(file.path))
  if (missing[0])
    throw new PreparationFailure(
      `The bundle does not hold ${missing[0].path}: it was made by another version. Make it again with "npm run models:bundle" of this one. Nothing was installed.`,
    )
  for (const file of content) await place(join(cacheFolder, file.path), found.get(file.path), file.mode)
}

async function readBundle(
  path: string,
  content: readonly BundleFile[],
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = new Map(content.map((file) => [file.path, file]))
  const found = new Map<string, Buffer>()
  try {
    const zip = await yauzl.openPromise(path, { lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      const file = wanted.get(entry.fileName)
      if (!file || entry.uncompressedSize > MOST_BYTES)
        throw new PreparationFailure(
          `The bundle holds ${JSON.stringify(entry.fileName)}, which this version does not know. Nothing was installed.`,
        )
      const chunks: Buffer[] = []
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
      found.set(file.path, checked(Buffer.concat(chunks), file))
    }
  } catch (error) {
    if (error instanceof PreparationFailure) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new PreparationFailure(
      `The bundle ${path} cannot be read (${why}). Copy it again. Nothing was installed.`,
      { cause: error },
    )
  }
  return found
}

function checked(bytes: Buffer, file: BundleFile): Buffer {
  if (createHash('sha256').update(bytes).digest('hex') === file.sha256) return bytes
  throw new PreparationFailure(
    `${file.path} in the bundle does not have the hash that this version names. Copy or make the bundle again. Nothing was installed.`,
  )
}

/** Under a name of its own until complete. */
async function place(path: string, bytes: Buffer | undefined, mode: number): Promise<void> {
  if (bytes === undefined) return
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.${randomUUID()}.partial`
  try {
    await writeFile(partial, bytes, { flag: 'wx' })
    await chmod(partial, mode)
    await rename(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
}
