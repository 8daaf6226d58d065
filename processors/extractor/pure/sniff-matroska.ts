// Reads the document type out of an EBML header, which says Matroska or WebM (RFC 8794, section 11.2).
import { letters, startsWith } from './byte-view.ts'
import type { Sniffed } from './media-types.ts'

const EBML = [0x1a, 0x45, 0xdf, 0xa3]
const DOC_TYPE = 0x4282

interface Vint {
  readonly value: number
  readonly length: number
}

/** Variable-size integer, at most four bytes: an EBML header holds nothing longer. `keepMarker` for element ids. */
function readVint(bytes: Uint8Array, at: number, keepMarker: boolean): Vint | undefined {
  const first = bytes[at]
  if (first === undefined || first === 0) return undefined
  const length = Math.clz32(first) - 23
  if (length > 8 || at + length > bytes.length) return undefined
  let value = keepMarker ? first : first & (0xff >> length)
  for (let i = 1; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0)
  return { value, length }
}

/** The type by the EBML header, or undefined where this is no EBML. */
export function sniffMatroska(head: Uint8Array): Sniffed | undefined {
  if (!startsWith(head, EBML)) return undefined
  const size = readVint(head, EBML.length, false)
  if (size === undefined) return { is: 'unknown' }
  let at = EBML.length + size.length
  const end = Math.min(head.length, at + size.value)
  while (at < end) {
    const id = readVint(head, at, true)
    const length = id && readVint(head, at + id.length, false)
    if (!id || !length) break
    at += id.length + length.length
    if (id.value === DOC_TYPE) return docType(letters(head, at, at + length.value).replaceAll('\0', ''))
    at += length.value
  }
  return { is: 'unknown' }
}

function docType(name: string): Sniffed {
  if (name === 'matroska') return { is: 'film', type: 'matroska' }
  return name === 'webm' ? { is: 'film', type: 'webm' } : { is: 'unknown' }
}
