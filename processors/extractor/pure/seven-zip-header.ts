// Writes the headers of a 7z archive whose files are stored as they are: pictures and films do not pack any further.
// 7zFormat.txt of the LZMA SDK 24.09, sections "SignatureHeader" and "Header".

/** One stored file in the archive's order. */
export interface StoredFile {
  readonly name: string
  readonly bytes: number
  readonly crc32: number
}

export const SIGNATURE_HEADER_BYTES = 32

const END = 0x00
const HEADER = 0x01
const MAIN_STREAMS = 0x04
const FILES = 0x05
const PACK_INFO = 0x06
const UNPACK_INFO = 0x07
const SIZE = 0x09
const CRC = 0x0a
const FOLDER = 0x0b
const UNPACK_SIZE = 0x0c
const EMPTY_STREAM = 0x0e
const EMPTY_FILE = 0x0f
const NAMES = 0x11
const ALL_DEFINED = 0x01
const INLINE = 0x00
/** One coder, its id one byte long, no attributes; the id of Copy is 0. */
const COPY_FOLDER = [0x01, 0x01, 0x00]

/** The format's own number: as many leading ones in the first byte as bytes follow. */
export function sevenZipNumber(value: number): readonly number[] {
  let rest = BigInt(value)
  const low: number[] = []
  for (let length = 0; length < 8; length++) {
    const room = 7 - length
    if (rest < 1n << BigInt(room)) return [((0xff00 >> length) & 0xff) | Number(rest), ...low]
    low.push(Number(rest & 0xffn))
    rest >>= 8n
  }
  return [0xff, ...low]
}

function uint32(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff]
}

function utf16(text: string): readonly number[] {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i) & 0xff, text.charCodeAt(i) >>> 8)
  return bytes
}

/** One bit a file, the first in the highest bit. */
function bits(values: readonly boolean[]): readonly number[] {
  const bytes = new Array<number>(Math.ceil(values.length / 8)).fill(0)
  values.forEach((value, i) => {
    if (value) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (0x80 >> (i & 7))
  })
  return bytes
}

const property = (id: number, content: readonly number[]): readonly number[] => [
  id,
  ...sevenZipNumber(content.length),
  ...content,
]

function streams(files: readonly StoredFile[]): readonly number[] {
  if (files.length === 0) return []
  const count = sevenZipNumber(files.length)
  const sizes = files.flatMap(({ bytes }) => sevenZipNumber(bytes))
  return [
    ...[MAIN_STREAMS, PACK_INFO, ...sevenZipNumber(0), ...count, SIZE, ...sizes, END],
    ...[UNPACK_INFO, FOLDER, ...count, INLINE, ...files.flatMap(() => COPY_FOLDER)],
    ...[UNPACK_SIZE, ...sizes, CRC, ALL_DEFINED, ...files.flatMap(({ crc32 }) => uint32(crc32)), END],
    END,
  ]
}

/** The header behind the stored bytes: sizes, checksums and names. Names are written as they are. */
export function sevenZipHeader(files: readonly StoredFile[]): Uint8Array {
  const empty = files.map(({ bytes }) => bytes === 0)
  // What has no bytes is taken for a folder, unless it is said to be a file.
  const emptyFiles = empty.filter((isEmpty) => isEmpty)
  const emptiness =
    emptyFiles.length > 0
      ? [...property(EMPTY_STREAM, bits(empty)), ...property(EMPTY_FILE, bits(emptyFiles))]
      : []
  const names = [INLINE, ...files.flatMap(({ name }) => utf16(`${name}\0`))]
  return Uint8Array.from([
    HEADER,
    ...streams(files.filter(({ bytes }) => bytes > 0)),
    ...[FILES, ...sevenZipNumber(files.length), ...emptiness],
    ...[...property(NAMES, names), END],
    END,
  ])
}

/** The 20 bytes at the beginning that say where the header lies; their checksum goes in front of them. */
export function startHeader(header: {
  readonly offset: number
  readonly bytes: number
  readonly crc32: number
}): Uint8Array {
  const view = new DataView(new ArrayBuffer(20))
  view.setBigUint64(0, BigInt(header.offset), true)
  view.setBigUint64(8, BigInt(header.bytes), true)
  view.setUint32(16, header.crc32, true)
  return new Uint8Array(view.buffer)
}

/** Signature and version 0.4, then the start header's checksum, then the start header: 32 bytes in all. */
export const signatureHeader = (start: Uint8Array, startCrc32: number): Uint8Array =>
  Uint8Array.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4, ...uint32(startCrc32), ...start])
