// Decides from the text of a client's `file_path` where below the jobs root it points, before any file is touched.
import { posix } from 'node:path'

/** The root that the documentation names; clients write it whatever folder it really is on this machine. */
export const DOCUMENTED_ROOT = '/syntonym/jobs'
const MAX_PATH_BYTES = 4096
const MAX_NAME_BYTES = 255

export type PathCode = 'PATH_INVALID' | 'PATH_OUTSIDE_ROOT' | 'SOURCE_NOT_CONFIGURED' | 'FILE_NOT_REGULAR'
export type PathVerdict =
  | { readonly verdict: 'ok'; readonly relative: string; readonly fileName: string }
  | { readonly verdict: 'refused'; readonly code: PathCode; readonly reason: string }

const refused = (code: PathCode, reason: string): PathVerdict => ({ verdict: 'refused', code, reason })
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/**
 * The path below the jobs root that a client means. An absolute path must start with the documented or with the
 * configured root; a relative one is relative to the root. `..` is refused wherever it stands.
 */
export function jobsPath(clientPath: string, configuredRoot: string): PathVerdict {
  if (clientPath.trim() === '') return refused('PATH_INVALID', 'The path is empty')
  if (!clientPath.isWellFormed()) return refused('PATH_INVALID', 'The path is not valid Unicode text')
  if (clientPath.includes('\0')) return refused('PATH_INVALID', 'The path holds a NUL byte')
  if (bytesOf(clientPath) > MAX_PATH_BYTES) {
    return refused('PATH_INVALID', `The path is longer than ${MAX_PATH_BYTES} bytes`)
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(clientPath)?.[1]
  if (scheme !== undefined) {
    const what =
      scheme.toLowerCase() === 's3' ? 's3:// paths need an object store' : 'Addresses are not fetched'
    return refused('SOURCE_NOT_CONFIGURED', `${what}; hand in a path under ${DOCUMENTED_ROOT}`)
  }
  const below = posix.isAbsolute(clientPath) ? belowRoot(clientPath, configuredRoot) : clientPath
  if (below === undefined) return refused('PATH_OUTSIDE_ROOT', 'The path lies outside the jobs root')
  return relativePath(below)
}

function belowRoot(path: string, configuredRoot: string): string | undefined {
  for (const root of [DOCUMENTED_ROOT, configuredRoot.replace(/\/+$/, '')]) {
    if (path === root) return ''
    if (path.startsWith(`${root}/`)) return path.slice(root.length + 1)
  }
  return undefined
}

function relativePath(below: string): PathVerdict {
  const segments = below.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) return refused('PATH_OUTSIDE_ROOT', 'The path leaves the jobs root with ".."')
  const fileName = segments.at(-1)
  if (fileName === undefined || below.endsWith('/')) {
    return refused('FILE_NOT_REGULAR', 'The path names a folder; hand in a file')
  }
  if (segments.some((segment) => bytesOf(segment) > MAX_NAME_BYTES)) {
    return refused('PATH_INVALID', `A name in the path is longer than ${MAX_NAME_BYTES} bytes`)
  }
  return { verdict: 'ok', relative: segments.join('/'), fileName }
}
