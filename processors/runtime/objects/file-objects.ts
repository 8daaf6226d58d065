// Objects as files of one folder: written under a temporary name, synced, renamed; so each is whole or not there.
import { createHash, type Hash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, constants, copyFile, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { PermanentFailure } from '../failure.ts'
import { isMissing, publishFile, removeEmptyFolders, syncFolderIfThere } from './durable-file.ts'
import type { ObjectFacts, Objects, StoredObject } from './objects.ts'
import { folderOfPrefix, meaningOfName, objectPath } from './pure/object-path.ts'

/** No key maps to a name that begins with a dot. */
const INCOMING = '.incoming'
const READ_CHUNK_BYTES = 1 << 20

async function* hashed(content: Readable, hash: Hash, count: (bytes: number) => void): AsyncIterable<Buffer> {
  for await (const chunk of content) {
    const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    hash.update(bytes)
    count(bytes.length)
    yield bytes
  }
}

async function factsOfFile(key: string, path: string): Promise<StoredObject> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: READ_CHUNK_BYTES })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { key, bytes, sha256: hash.digest('hex') }
}

class FileObjects implements Objects {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async put(key: string, content: Readable): Promise<StoredObject> {
    const hash = createHash('sha256')
    let bytes = 0
    const count = (more: number) => {
      bytes += more
    }
    await this.#store(key, async (temporary) => {
      await using file = await open(temporary, 'wx', 0o600)
      await file.writeFile(hashed(content, hash, count))
    })
    return { key, bytes, sha256: hash.digest('hex') }
  }

  async putFile(key: string, path: string): Promise<StoredObject> {
    let facts: StoredObject | undefined
    await this.#store(key, async (temporary) => {
      // A clone where the file system can, else a copy inside the kernel.
      await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      await chmod(temporary, 0o600)
      facts = await factsOfFile(key, temporary)
    })
    if (facts === undefined) throw new Error('a stored object without facts')
    return facts
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    if (range && range.end <= range.start) {
      if ((await this.stat(key)) === undefined) throw this.#missing()
      return Readable.from([])
    }
    try {
      const file = await open(this.#path(key), 'r')
      const part = range ? { start: range.start, end: range.end - 1 } : {}
      return file.createReadStream({ ...part, highWaterMark: READ_CHUNK_BYTES })
    } catch (error) {
      throw isMissing(error) ? this.#missing(error) : error
    }
  }

  async fetchTo(key: string, path: string): Promise<StoredObject> {
    try {
      await copyFile(this.#path(key), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    } catch (error) {
      if (!isMissing(error) || (await this.stat(key)) !== undefined) throw error
      throw this.#missing(error)
    }
    return factsOfFile(key, path)
  }

  async stat(key: string): Promise<ObjectFacts | undefined> {
    try {
      return { key, bytes: (await stat(this.#path(key))).size }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectFacts> {
    const keys = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    yield* this.#walk(join(this.#root, folderOfPrefix(prefix)), keys, prefix)
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    try {
      await unlink(path)
      await syncFolderIfThere(dirname(path))
      await removeEmptyFolders(dirname(path), this.#root)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  async deletePrefix(prefix: string): Promise<void> {
    const folder = join(this.#root, folderOfPrefix(prefix))
    if (prefix.endsWith('/')) {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
      await syncFolderIfThere(dirname(folder))
      return removeEmptyFolders(dirname(folder), this.#root)
    }
    for await (const { key } of this.list(prefix)) await this.delete(key)
  }

  async presignGet(): Promise<undefined> {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held open between calls.
  }

  #path(key: string): string {
    return join(this.#root, objectPath(key))
  }

  #missing(cause?: unknown): PermanentFailure {
    return new PermanentFailure('OBJECT_MISSING', 'The stored file is gone.', { cause })
  }

  async #store(key: string, fill: (temporary: string) => Promise<void>): Promise<void> {
    const path = this.#path(key)
    const temporary = join(this.#root, INCOMING, randomUUID())
    try {
      await fill(temporary)
      await publishFile(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async *#walk(folder: string, keys: string, prefix: string): AsyncIterable<ObjectFacts> {
    let entries: string[]
    try {
      entries = (await readdir(folder)).toSorted()
    } catch (error) {
      if (isMissing(error)) return
      throw error
    }
    for (const name of entries) {
      const meaning = meaningOfName(name)
      if (meaning.is === 'foreign') continue
      const key = keys + meaning.segment
      const could = key.length < prefix.length ? prefix.startsWith(key) : key.startsWith(prefix)
      if (!could) continue
      if (meaning.is === 'folder') yield* this.#walk(join(folder, name), `${key}/`, prefix)
      else {
        const facts = key.startsWith(prefix) ? await this.stat(key) : undefined
        if (facts) yield facts
      }
    }
  }
}

/**
 * Opens the objects of a folder and removes what a killed process left half-written. The caller holds the lock of the
 * data folder that `root` lies in, so nobody else is writing here.
 */
export async function openFileObjects(options: { root: string }): Promise<Objects> {
  const incoming = join(options.root, INCOMING)
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  return new FileObjects(options.root)
}
