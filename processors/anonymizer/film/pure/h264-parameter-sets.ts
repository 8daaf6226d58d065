// Reads from H.264 parameter sets what must be known before two streams may share a film: ids, depth, colour, fields.
import { type StreamHeaders, withoutEscapes } from './h264-units.ts'

export interface SequenceSet {
  readonly id: number
  /** 1 where colour is halved both ways. */
  readonly chroma: number
  readonly bits: number
  /** Every picture is a whole frame: no fields. */
  readonly framesOnly: boolean
}

/** Exp-Golomb codes and bits of a payload, one after another (9.1). */
interface BitReader {
  bits(count: number): number
  unsigned(): number
  signed(): number
}

function bitReader(bytes: Uint8Array): BitReader {
  let at = 0
  const bit = (): number => {
    const value = ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1
    at++
    return value
  }
  const bits = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + bit()
    return value
  }
  const unsigned = (): number => {
    let zeros = 0
    while (zeros < 31 && at < bytes.length * 8 && bit() === 0) zeros++
    return 2 ** zeros - 1 + bits(zeros)
  }
  const signed = (): number => {
    const code = unsigned()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }
  return { bits, unsigned, signed }
}

/** Profiles that say their colour and depth (7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])

export function readSequenceSet(unit: Uint8Array): SequenceSet {
  const read = bitReader(withoutEscapes(unit.subarray(1)))
  const profile = read.bits(8)
  read.bits(16)
  const id = read.unsigned()
  const { chroma, bits } = HIGH_PROFILES.has(profile) ? readDepth(read) : { chroma: 1, bits: 8 }
  read.unsigned() // log2_max_frame_num_minus4
  skipOrderCount(read)
  read.unsigned() // max_num_ref_frames
  read.bits(1) // gaps_in_frame_num_value_allowed_flag
  read.unsigned() // pic_width_in_mbs_minus1
  read.unsigned() // pic_height_in_map_units_minus1
  return { id, chroma, bits, framesOnly: read.bits(1) === 1 }
}

function readDepth(read: BitReader): { readonly chroma: number; readonly bits: number } {
  const chroma = read.unsigned()
  if (chroma === 3) read.bits(1)
  const luma = 8 + read.unsigned()
  const bits = Math.max(luma, 8 + read.unsigned())
  read.bits(1)
  if (read.bits(1) === 1) {
    for (let list = 0; list < (chroma === 3 ? 12 : 8); list++)
      if (read.bits(1) === 1) skipScaling(read, list < 6 ? 16 : 64)
  }
  return { chroma, bits }
}

function skipScaling(read: BitReader, size: number): void {
  let [last, next] = [8, 8]
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + read.signed() + 256) % 256
    last = next === 0 ? last : next
  }
}

function skipOrderCount(read: BitReader): void {
  const kind = read.unsigned()
  if (kind === 0) read.unsigned()
  if (kind !== 1) return
  read.bits(1)
  read.signed()
  read.signed()
  for (let left = read.unsigned(); left > 0; left--) read.signed()
}

/** Ids run to 31 (7.4.2.1.1); x264 gives its picture set the id of its sequence set. */
const MOST_ID = 31

/** An id that neither the stream's sequence sets nor its picture sets use; undefined where all are taken. */
export function freeSetId({ sequenceSets, pictureSets }: StreamHeaders): number | undefined {
  const taken = new Set([
    ...sequenceSets.map((unit) => readSequenceSet(unit).id),
    ...pictureSets.map((unit) => bitReader(withoutEscapes(unit.subarray(1))).unsigned()),
  ])
  for (let id = MOST_ID; id >= 0; id--) if (!taken.has(id)) return id
  return undefined
}
