// Tells files, folders, links and devices in a zip apart by name and by the attributes of the system that wrote it.

const FILE_TYPE = 0o170000
const REGULAR = 0o100000
const FOLDER = 0o040000
const DOS_FOLDER = 0x10

/**
 * @param externalAttributes of the index; the upper half is a Unix mode whenever it is not zero, whichever system
 *   the writer claims to be
 */
export function zipMemberKind(name: string, externalAttributes: number): 'file' | 'folder' | 'special' {
  const type = (externalAttributes >>> 16) & FILE_TYPE
  if (type === FOLDER) return 'folder'
  if (type !== 0 && type !== REGULAR) return 'special'
  if (name.endsWith('/') || name.endsWith('\\')) return 'folder'
  return type === 0 && externalAttributes & DOS_FOLDER ? 'folder' : 'file'
}
