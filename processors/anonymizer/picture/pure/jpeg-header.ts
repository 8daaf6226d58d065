// Reads of a JPEG's header what its pixels do not tell: how strongly it was compressed, and how its colours are stored.
// ITU-T T.81, annex B.

export interface JpegHeader {
  readonly width: number
  readonly height: number
  readonly progressive: boolean
  /** Per component: samples per unit across and down, and its quantisation table. */
  readonly components: readonly {
    readonly across: number
    readonly down: number
    readonly table: readonly number[] | undefined
  }[]
}

/** Markers without a length: restart 0 to 7, start of image, TEM. */
const BARE_MARKERS = new Set([0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0x01])
const START_OF_SCAN = 0xda
const QUANTISATION_TABLES = 0xdb
/** Baseline, extended and progressive, Huffman coded. All others (lossless, arithmetic) no decoder of ours reads. */
const FRAME_MARKERS = new Set([0xc0, 0xc1, 0xc2])
const PROGRESSIVE_FRAME = 0xc2

/** Reads up to the first scan; undefined when there is no frame header before it. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tables = new Map<number, readonly number[]>()
  let frame: { at: number; end: number; marker: number } | undefined
  let at = 2
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff || BARE_MARKERS.has(marker)) {
      at += marker === 0xff ? 1 : 2
      continue
    }
    const end = at + 2 + view.getUint16(at + 2)
    if (end > bytes.length) break
    if (marker === START_OF_SCAN) break
    if (marker === QUANTISATION_TABLES) readTables(bytes.subarray(at + 4, end), tables)
    if (FRAME_MARKERS.has(marker)) frame ??= { at: at + 4, end, marker }
    at = end
  }
  return frame ? frameHeader(bytes.subarray(frame.at, frame.end), frame.marker, tables) : undefined
}

function readTables(segment: Uint8Array, tables: Map<number, readonly number[]>): void {
  for (let at = 0; at < segment.length; ) {
    const head = segment[at] ?? 0
    const wide = head >> 4 === 1
    const size = wide ? 128 : 64
    if (at + 1 + size > segment.length) return
    const table = Array.from({ length: 64 }, (_, i) =>
      wide
        ? ((segment[at + 1 + 2 * i] ?? 0) << 8) | (segment[at + 2 + 2 * i] ?? 0)
        : (segment[at + 1 + i] ?? 0),
    )
    tables.set(head & 15, table)
    at += 1 + size
  }
}

function frameHeader(
  segment: Uint8Array,
  marker: number,
  tables: ReadonlyMap<number, readonly number[]>,
): JpegHeader | undefined {
  const count = segment[5] ?? 0
  if (segment.length < 6 + count * 3) return undefined
  const number = (at: number): number => ((segment[at] ?? 0) << 8) | (segment[at + 1] ?? 0)
  return {
    height: number(1),
    width: number(3),
    progressive: marker === PROGRESSIVE_FRAME,
    components: Array.from({ length: count }, (_, i) => {
      const sampling = segment[7 + i * 3] ?? 0
      return { across: sampling >> 4, down: sampling & 15, table: tables.get(segment[8 + i * 3] ?? 0) }
    }),
  }
}
