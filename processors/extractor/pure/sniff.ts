// Says what a file is by its first bytes; what our decoders would make of it counts, not what else it could be.
import { letters, startsWith, uint32le } from './byte-view.ts'
import type { Sniffed } from './media-types.ts'
import { refusedFormat } from './refused-signatures.ts'
import { sniffIsoMedia } from './sniff-iso-media.ts'
import { sniffMatroska } from './sniff-matroska.ts'
import { isTransportStream } from './sniff-transport-stream.ts'

/** How many bytes from the beginning of a file `sniff` wants to see; fewer only where the file is shorter. */
export const SNIFF_BYTES = 4096

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff]
const SEVEN_ZIP = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]
const RAR4 = [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x00]
const RAR5 = [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0x00]
const ZIP_LOCAL = [0x50, 0x4b, 0x03, 0x04]
const ZIP_EMPTY = [0x50, 0x4b, 0x05, 0x06]
const ZIP_SPANNED = [0x50, 0x4b, 0x07, 0x08]
const ZIP_NAME_AT = 30
/** Entries with which packages begin that are zip files only inside. */
const PACKAGES = ['mimetype', '[Content_Types].xml', 'META-INF/', 'AndroidManifest.xml']
const LARGEST_BITMAP_HEADER = 255

/** A bitmap: `BM`, reserved bytes empty, and a header size that fits into a byte. */
function isBitmap(head: Uint8Array): boolean {
  if (letters(head, 0, 2) !== 'BM') return false
  const headerSize = uint32le(head, 14)
  return headerSize === undefined || headerSize <= LARGEST_BITMAP_HEADER || uint32le(head, 6) === 0
}

function sniffZip(head: Uint8Array): Sniffed | undefined {
  if (![ZIP_LOCAL, ZIP_EMPTY, ZIP_SPANNED].some((signature) => startsWith(head, signature))) return undefined
  const name = letters(head, ZIP_NAME_AT, ZIP_NAME_AT + 20)
  if (startsWith(head, ZIP_LOCAL) && PACKAGES.some((start) => name.startsWith(start)))
    return { is: 'other', name: 'document or program package' }
  return { is: 'archive', type: 'zip' }
}

/**
 * The type by content. A polyglot is what its beginning says: our decoders are given that type and read from the
 * beginning, so whatever else hides behind is never opened (a JPEG with a zip behind it is a JPEG).
 * @param head the first `SNIFF_BYTES` of the file
 */
export function sniff(head: Uint8Array): Sniffed {
  if (head.length === 0) return { is: 'empty' }
  if (startsWith(head, PNG)) return { is: 'picture', type: 'png' }
  if (startsWith(head, JPEG)) return { is: 'picture', type: 'jpeg' }
  if (isBitmap(head)) return { is: 'picture', type: 'bmp' }
  if (startsWith(head, SEVEN_ZIP)) return { is: 'archive', type: '7z' }
  if (startsWith(head, RAR5)) return { is: 'archive', type: 'rar5' }
  if (startsWith(head, RAR4)) return { is: 'archive', type: 'rar4' }
  if (letters(head, 0, 4) === 'RIFF' && letters(head, 8, 12) === 'AVI ') return { is: 'film', type: 'avi' }
  const boxed = sniffZip(head) ?? sniffMatroska(head) ?? sniffIsoMedia(head)
  if (boxed) return boxed
  if (isTransportStream(head)) return { is: 'film', type: 'transport-stream' }
  const name = refusedFormat(head)
  return name === undefined ? { is: 'unknown' } : { is: 'other', name }
}
