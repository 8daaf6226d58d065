// Finds the file that a client's path means, and refuses whatever lies outside the jobs root or is no readable file.
import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'

export type InputCode =
  | 'FILE_NOT_FOUND'
  | 'FILE_NOT_READABLE'
  | 'FILE_NOT_REGULAR'
  | 'FILE_EMPTY'
  | 'PATH_OUTSIDE_ROOT'
  | 'PATH_INVALID'
export type ResolvedInput =
  /** `source` is the absolute path on this machine, free of links, or s3://bucket/key. It never leaves the service. */
  | { readonly verdict: 'ok'; readonly source: string; readonly bytes: number }
  | { readonly verdict: 'refused'; readonly code: InputCode; readonly reason: string }

const refused = (code: InputCode, reason: string): ResolvedInput => ({ verdict: 'refused', code, reason })

const REFUSALS: Readonly<Record<string, ResolvedInput>> = {
  ENOENT: refused('FILE_NOT_FOUND', 'The file does not exist under the jobs root'),
  ENOTDIR: refused('FILE_NOT_FOUND', 'The file does not exist under the jobs root'),
  ELOOP: refused('FILE_NOT_FOUND', 'The path runs in a circle of links'),
  ENAMETOOLONG: refused('PATH_INVALID', 'The path is too long'),
  EACCES: refused('FILE_NOT_READABLE', 'The file exists but the service may not read it'),
  EPERM: refused('FILE_NOT_READABLE', 'The file exists but the service may not read it'),
}

/**
 * The real folder behind the configured jobs root.
 * @throws {ConfigurationError} when it does not exist, is no folder or cannot be read.
 */
export async function openJobsRoot(configured: string): Promise<string> {
  const advice = 'Make it, or name another one with --jobs-root or SYNTONYM_JOBS_ROOT.'
  try {
    const root = await realpath(configured)
    if (!(await stat(root)).isDirectory()) {
      throw new ConfigurationError(`The jobs root ${configured} is not a folder. ${advice}`)
    }
    await access(root, constants.R_OK | constants.X_OK)
    return root
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const what = missing ? 'does not exist' : 'cannot be read'
    throw new ConfigurationError(`The jobs root ${configured} ${what}. ${advice}`, { cause })
  }
}

/**
 * Resolves a path below the jobs root (`realRoot` without links, `relative` as `jobsPath` made it) without opening
 * the file: a pipe or a device is refused before anything could wait on it.
 */
export async function resolveInput(realRoot: string, relative: string): Promise<ResolvedInput> {
  try {
    const source = await realpath(join(realRoot, relative))
    if (!source.startsWith(realRoot === sep ? sep : `${realRoot}${sep}`)) {
      return refused('PATH_OUTSIDE_ROOT', 'The path leaves the jobs root through a link')
    }
    const facts = await stat(source)
    if (facts.isDirectory()) return refused('FILE_NOT_REGULAR', 'The path names a folder; hand in a file')
    if (!facts.isFile()) return refused('FILE_NOT_REGULAR', 'The path names something that is not a file')
    await access(source, constants.R_OK)
    if (facts.size === 0) return refused('FILE_EMPTY', 'The file holds no bytes')
    return { verdict: 'ok', source, bytes: facts.size }
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
    const refusal = REFUSALS[errno]
    if (refusal === undefined) throw error
    return refusal
  }
}

/** Finds the object of a configured bucket without reading it. @throws {TransientFailure} STORE_UNAVAILABLE */
export async function resolveObject(
  sources: ObjectSources | undefined,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<ResolvedInput> {
  const facts = await sources?.of(bucket).stat(key)
  if (facts === undefined) return refused('FILE_NOT_FOUND', 'The object does not exist in the bucket')
  if (facts.bytes === 0) return refused('FILE_EMPTY', 'The file holds no bytes')
  return { verdict: 'ok', source: `s3://${bucket}/${key}`, bytes: facts.bytes }
}
