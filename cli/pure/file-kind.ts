// Says by its name what kind of input a file is; the content is checked later, by those who open it.

export type FileKind = 'picture' | 'film' | 'archive'

const KINDS: Readonly<Record<string, FileKind>> = {
  '.jpg': 'picture',
  '.jpeg': 'picture',
  '.png': 'picture',
  '.bmp': 'picture',
  '.mp4': 'film',
  '.mkv': 'film',
  '.webm': 'film',
  '.ts': 'film',
  '.mts': 'film',
  '.mov': 'film',
  '.avi': 'film',
  '.zip': 'archive',
  '.rar': 'archive',
  '.7z': 'archive',
}

/** The extension in lower case, with the dot; '' where there is none. */
export function extensionOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  return dot <= 0 ? '' : base.slice(dot).toLowerCase()
}

export const fileKind = (name: string): FileKind | undefined => KINDS[extensionOf(name)]
