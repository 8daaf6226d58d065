// Brings a job's input into the work folder, through the object store, so that a restart reads the same bytes.
import { constants, createWriteStream } from 'node:fs'
import { type FileHandle, open, readlink } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { PermanentFailure } from '#runtime/failure.ts'
import { type ObjectSources, sourceAddress } from '#runtime/objects/object-sources.ts'
import type { Objects, StoredObject } from '#runtime/objects/objects.ts'

const FAILURES: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['FILE_NOT_FOUND', 'The file does not exist under the jobs root.'],
  ENOTDIR: ['FILE_NOT_FOUND', 'The file does not exist under the jobs root.'],
  EACCES: ['FILE_NOT_READABLE', 'The file exists but cannot be read.'],
  EPERM: ['FILE_NOT_READABLE', 'The file exists but cannot be read.'],
  EISDIR: ['FILE_NOT_READABLE', 'The path is a folder.'],
  ELOOP: ['PATH_OUTSIDE_ROOT', 'The path became a link.'],
  ENXIO: ['FILE_NOT_READABLE', 'The path is no regular file.'],
}

function failureOf(error: unknown): unknown {
  const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [code, detail] = FAILURES[errno] ?? []
  return code === undefined || detail === undefined ? error : new PermanentFailure(code, detail)
}

/** Opens what the gateway checked, and nothing that was put in its place since. */
async function openPlainFile(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK a pipe in the file's place would hold us for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile())
      throw new PermanentFailure('FILE_NOT_READABLE', 'The path is no regular file.')
    if ((await readlink(`/proc/self/fd/${file.fd}`)) !== path)
      throw new PermanentFailure('PATH_OUTSIDE_ROOT', 'A folder of the path became a link.')
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function copyFile(path: string, to: string, signal: AbortSignal): Promise<void> {
  try {
    await using file = await openPlainFile(path)
    await pipeline(file.createReadStream({ autoClose: false }), createWriteStream(to, { flags: 'wx' }), {
      signal,
    })
  } catch (error) {
    throw failureOf(error)
  }
}

/** @throws {PermanentFailure} FILE_NOT_FOUND, FILE_NOT_READABLE */
async function fetchObject(sources: ObjectSources | undefined, source: string, path: string): Promise<void> {
  const address = sourceAddress(source)
  if (sources === undefined || address === undefined)
    throw new PermanentFailure('FILE_NOT_READABLE', 'This kind of source is not configured here.')
  try {
    await sources.of(address.bucket).fetchTo(address.key, path)
  } catch (error) {
    if (!(error instanceof PermanentFailure && error.code === 'OBJECT_MISSING')) throw error
    throw new PermanentFailure('FILE_NOT_FOUND', 'The object does not exist in the bucket.', { cause: error })
  }
}

/**
 * Writes the input to the new file `to` and stores it under `key`, unless an earlier run stored it already.
 * @param from.source as in JobSubmitted: an absolute path, `s3://bucket/key`, or `object:<key>`
 * @throws {PermanentFailure} FILE_NOT_FOUND, FILE_NOT_READABLE, PATH_OUTSIDE_ROOT
 */
export async function fetchSource(
  objects: Objects,
  from: { readonly source: string; readonly key: string; readonly sources: ObjectSources | undefined },
  to: { readonly path: string; readonly signal: AbortSignal },
): Promise<StoredObject> {
  if (await objects.stat(from.key)) return await objects.fetchTo(from.key, to.path)
  if (from.source.startsWith('object:')) await objects.fetchTo(from.source.slice('object:'.length), to.path)
  else if (from.source.startsWith('/')) await copyFile(from.source, to.path, to.signal)
  else await fetchObject(from.sources, from.source, to.path)
  return await objects.putFile(from.key, to.path)
}
