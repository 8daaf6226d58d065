// Tells a picture's type by its first bytes, and whether that is what its extension says.

export type PictureType = 'jpeg' | 'png' | 'bmp'

const EXTENSIONS: Readonly<Record<string, PictureType>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.bmp': 'bmp',
}
const SIGNATURES: readonly (readonly [PictureType, readonly number[]])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['bmp', [0x42, 0x4d]],
]

export type PictureTypeVerdict =
  | { readonly verdict: 'is'; readonly type: PictureType }
  | { readonly verdict: 'refused'; readonly code: 'TYPE_NOT_ACCEPTED' | 'TYPE_UNKNOWN' | 'TYPE_MISMATCH' }

/** @param extension lower case with the dot */
export function pictureType(bytes: Uint8Array, extension: string): PictureTypeVerdict {
  const expected = EXTENSIONS[extension]
  if (!expected) return { verdict: 'refused', code: 'TYPE_NOT_ACCEPTED' }
  const found = SIGNATURES.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte))?.[0]
  if (!found) return { verdict: 'refused', code: 'TYPE_UNKNOWN' }
  return found === expected ? { verdict: 'is', type: found } : { verdict: 'refused', code: 'TYPE_MISMATCH' }
}
