// Chooses with which quality and colour sampling a JPEG is written again, so that it loses next to nothing a second time.
import type { JpegHeader } from './jpeg-header.ts'

export interface JpegWriting {
  /** libjpeg's scale, 1 to 100. */
  readonly quality: number
  /** Number of the base tables in mozjpeg's list: 0 the standard's, 3 mozjpeg's own default. */
  readonly quantisationTable: 0 | 3
  readonly chromaSubsampling: '4:2:0' | '4:4:4'
  readonly progressive: boolean
  /** True where the file's own tables are these very ones, so that quantising again changes nothing. */
  readonly exact: boolean
}

interface BaseTables {
  readonly number: 0 | 3
  readonly luma: readonly number[]
  readonly chroma: readonly number[]
}

/** ITU-T T.81, tables K.1 and K.2, in zigzag order as a file holds them. */
const STANDARD: BaseTables = {
  number: 0,
  luma: [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40,
    58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104,
    103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
  ],
  chroma: [
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  ],
}
/** mozjpeg, jcparam.c, table 3 ("ImageMagick table by N. Robidoux"): what mozjpeg uses unless told otherwise. */
const ROBIDOUX = [
  16, 16, 16, 16, 17, 16, 18, 20, 20, 18, 25, 27, 24, 27, 25, 37, 34, 31, 31, 34, 37, 56, 40, 43, 40, 43, 40,
  56, 85, 53, 62, 53, 53, 62, 53, 85, 75, 91, 74, 69, 74, 91, 75, 135, 106, 94, 94, 106, 135, 156, 131, 124,
  131, 156, 189, 169, 169, 189, 238, 226, 238, 311, 311, 418,
]
const MOZJPEG: BaseTables = { number: 3, luma: ROBIDOUX, chroma: ROBIDOUX }

/** Where each zigzag place of an 8 x 8 table goes when the table is mirrored at its diagonal. */
const TRANSPOSED_ZIGZAG = transposedZigzag()

function transposedZigzag(): readonly number[] {
  const order: (readonly [number, number])[] = []
  for (let sum = 0; sum < 15; sum++) {
    for (let i = 0; i <= sum; i++) {
      const [row, column] = sum % 2 ? [i, sum - i] : [sum - i, i]
      if (row < 8 && column < 8) order.push([row, column])
    }
  }
  return order.map(([row, column]) => order.findIndex(([r, c]) => r === column && c === row))
}

/** What is written where the file does not say how it was made. */
const UNKNOWN: JpegWriting = {
  quality: 95,
  quantisationTable: 0,
  chromaSubsampling: '4:4:4',
  progressive: false,
  exact: false,
}

/** A table of libjpeg (jpeg_set_quality, 8-bit tables). */
function tableOf(base: readonly number[], quality: number): readonly number[] {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - quality * 2
  return base.map((entry) => Math.min(Math.max(Math.floor((entry * scale + 50) / 100), 1), 255))
}

/** Added to the quality where the tables are not the file's own: values then fall between steps and are rounded anew. */
const MORE_QUALITY_WHERE_NOT_EXACT = 2

/**
 * The file's own tables where libjpeg or mozjpeg made it; else a quality of the standard's tables that is nowhere
 * coarser. Sampling other than 4:2:0 (4:2:2, 4:4:0 …) becomes 4:4:4, which keeps all of it.
 * @param onItsSide true when the upright picture is the stored one turned by a quarter: its tables turn with it
 */
export function jpegWriting(header: JpegHeader | undefined, onItsSide: boolean): JpegWriting {
  const [luma, ...colours] = header?.components ?? []
  if (!header || !luma?.table) return UNKNOWN
  const halved =
    colours.length > 0 &&
    luma.across === 2 &&
    luma.down === 2 &&
    colours.every((c) => c.across === 1 && c.down === 1)
  const chromaSubsampling = halved ? '4:2:0' : '4:4:4'
  const turned = (table: readonly number[] | undefined): readonly number[] | undefined =>
    onItsSide ? table?.map((_, i) => table[TRANSPOSED_ZIGZAG[i] ?? 0] ?? 1) : table
  const tables = closest({ luma: turned(luma.table) ?? luma.table, chroma: turned(colours[0]?.table) })
  return { ...tables, chromaSubsampling, progressive: header.progressive }
}

interface OwnTables {
  readonly luma: readonly number[]
  readonly chroma: readonly number[] | undefined
}

function closest(own: OwnTables): Pick<JpegWriting, 'quality' | 'quantisationTable' | 'exact'> {
  const candidates = [STANDARD, MOZJPEG].map((base) => {
    const qualities = [lowestFiner(base.luma, own.luma)]
    if (own.chroma) qualities.push(lowestFiner(base.chroma, own.chroma))
    const quality = Math.max(...qualities)
    const same = (table: readonly number[], mine: readonly number[] | undefined): boolean =>
      mine === undefined || tableOf(table, quality).every((entry, i) => entry === mine[i])
    const exact = same(base.luma, own.luma) && same(base.chroma, own.chroma)
    const written = exact ? quality : Math.min(100, quality + MORE_QUALITY_WHERE_NOT_EXACT)
    return { quality: written, quantisationTable: base.number, exact }
  })
  return candidates.find((each) => each.exact) ?? candidates[0] ?? UNKNOWN
}

function lowestFiner(base: readonly number[], own: readonly number[]): number {
  for (let quality = 1; quality < 100; quality++) {
    if (tableOf(base, quality).every((entry, i) => entry <= (own[i] ?? 1))) return quality
  }
  return 100
}
