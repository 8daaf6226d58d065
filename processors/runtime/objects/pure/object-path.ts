// Maps object keys to relative file paths and back, one to one, so that no key leaves the folder or meets another.

const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/
/** Ends the name of every object file. It never occurs in a mapped segment, so key `a` and key `a/b` can both exist. */
const OBJECT_MARK = '='
/** A folder or file name has at most 255 bytes on the file systems we meet. */
const LONGEST_NAME = 254

const encodeByte = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`

function encodeSegment(segment: string): string {
  if (PLAIN.test(segment)) return segment
  let name = ''
  for (const [index, byte] of new TextEncoder().encode(segment).entries()) {
    const char = String.fromCharCode(byte)
    const plain = index === 0 ? /[A-Za-z0-9_-]/ : /[A-Za-z0-9._-]/
    name += byte < 128 && plain.test(char) ? char : encodeByte(byte)
  }
  return name
}

/** @throws {TypeError} for a key with an empty part or one too long: a mistake of the caller, never of a user. */
function segmentsOf(key: string): string[] {
  const segments = key.split('/').map(encodeSegment)
  if (segments.some((name) => name === '' || name.length > LONGEST_NAME))
    throw new TypeError('An object key has an empty or too long part.')
  return segments
}

/** The path of an object's file, relative to the root, with `/` between parts. */
export const objectPath = (key: string): string => `${segmentsOf(key).join('/')}${OBJECT_MARK}`

/** The folder that holds every key beginning with `prefix`; '' is the root. */
export function folderOfPrefix(prefix: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return folder === '' ? '' : segmentsOf(folder.slice(0, -1)).join('/')
}

export type NameMeaning =
  | { readonly is: 'object'; readonly segment: string }
  | { readonly is: 'folder'; readonly segment: string }
  | { readonly is: 'foreign' }

/** What a directory entry stands for; `foreign` is nothing of ours. */
export function meaningOfName(name: string): NameMeaning {
  const isObject = name.endsWith(OBJECT_MARK)
  const mapped = isObject ? name.slice(0, -OBJECT_MARK.length) : name
  let segment: string
  try {
    segment = decodeURIComponent(mapped)
  } catch {
    return { is: 'foreign' }
  }
  if (segment === '' || encodeSegment(segment) !== mapped) return { is: 'foreign' }
  return { is: isObject ? 'object' : 'folder', segment }
}
