// Tells MP4, QuickTime and the picture formats that share their boxes apart (ISO/IEC 14496-12, section 4.3).
import { letters, uint32be } from './byte-view.ts'
import type { Sniffed } from './media-types.ts'

const PICTURE_BRANDS: Readonly<Record<string, string>> = {
  avif: 'AVIF',
  avis: 'AVIF',
  heic: 'HEIC',
  heix: 'HEIC',
  heim: 'HEIC',
  heis: 'HEIC',
  hevc: 'HEIC',
  hevx: 'HEIC',
  mif1: 'HEIF',
  mif2: 'HEIF',
  msf1: 'HEIF',
  miaf: 'HEIF',
  'crx ': 'Canon raw',
}
/** Boxes with which QuickTime files start that were written before `ftyp` existed. */
const OLD_QUICKTIME = new Set(['moov', 'mdat', 'wide', 'pnot', 'free', 'skip'])
/** Largest `ftyp` that a real file has: a hundred brands. */
const MAX_FTYP_BYTES = 512

/** The type by the `ftyp` box, or undefined where this is no ISO media. */
export function sniffIsoMedia(head: Uint8Array): Sniffed | undefined {
  const size = uint32be(head, 0)
  const box = letters(head, 4, 8)
  if (size === undefined) return undefined
  if (box === 'ftyp') {
    if (size < 16 || size > MAX_FTYP_BYTES) return { is: 'unknown' }
    const brand = letters(head, 8, 12)
    const picture = PICTURE_BRANDS[brand]
    if (picture !== undefined) return { is: 'other', name: picture }
    return { is: 'film', type: brand === 'qt  ' ? 'mov' : 'mp4' }
  }
  const plausible = size === 1 || size >= 8
  return OLD_QUICKTIME.has(box) && plausible ? { is: 'film', type: 'mov' } : undefined
}
