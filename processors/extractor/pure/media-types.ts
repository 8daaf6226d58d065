// Lists what is accepted, under which extensions, and what each accepted type is called.

export type PictureType = 'jpeg' | 'png' | 'bmp'
export type FilmType = 'mp4' | 'mov' | 'matroska' | 'webm' | 'transport-stream' | 'avi'
export type ArchiveType = 'zip' | '7z' | 'rar4' | 'rar5'

/** What a file is by its first bytes. */
export type Sniffed =
  | { readonly is: 'picture'; readonly type: PictureType }
  | { readonly is: 'film'; readonly type: FilmType }
  | { readonly is: 'archive'; readonly type: ArchiveType }
  /** Recognised, but not accepted; `name` is for people. */
  | { readonly is: 'other'; readonly name: string }
  | { readonly is: 'unknown' }
  | { readonly is: 'empty' }

/**
 * Extensions that agree with a type. mp4 and mov are one family, because one demuxer reads both and cameras mix them;
 * WebM is a subset of Matroska, so `.mkv` may hold WebM but `.webm` may not hold any Matroska.
 */
const EXTENSIONS: Readonly<Record<PictureType | FilmType | ArchiveType, readonly string[]>> = {
  jpeg: ['.jpg', '.jpeg'],
  png: ['.png'],
  bmp: ['.bmp'],
  mp4: ['.mp4', '.mov'],
  mov: ['.mov', '.mp4'],
  matroska: ['.mkv'],
  webm: ['.webm', '.mkv'],
  'transport-stream': ['.ts', '.mts'],
  avi: ['.avi'],
  zip: ['.zip'],
  '7z': ['.7z'],
  rar4: ['.rar'],
  rar5: ['.rar'],
}

const ACCEPTED = new Set(Object.values(EXTENSIONS).flat())

/** The last extension of a name, lower case with the dot; '' where there is none. The name is data, not a path. */
export function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.')
  return dot < 0 ? '' : fileName.slice(dot).toLowerCase()
}

export const isAcceptedExtension = (extension: string): boolean => ACCEPTED.has(extension)

export const agrees = (type: PictureType | FilmType | ArchiveType, extension: string): boolean =>
  EXTENSIONS[type].includes(extension)

/** The extension that a type has where nobody chose another. */
export const usualExtension = (type: PictureType | FilmType | ArchiveType): string =>
  EXTENSIONS[type][0] ?? ''
