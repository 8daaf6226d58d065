// Says where the two headers that a zip keeps of each member contradict each other: readers that believe different
// headers would see different files.

/** The fields that the index and the member's own header both hold (APPNOTE.TXT, sections 4.3.7 and 4.3.12). */
export interface ZipHeader {
  readonly flags: number
  readonly method: number
  readonly crc32: number
  readonly packedBytes: number
  readonly bytes: number
  readonly name: Uint8Array
}

const ENCRYPTED = 1
const SIZES_FOLLOW = 8
/** Stands for: the real number is in a zip64 field. */
const ZIP64 = 0xffffffff

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

// Writers that stream leave zeros and put the numbers behind the data.
const contradicts = (own: number, index: number): boolean => own !== 0 && own !== ZIP64 && own !== index

/** The contradiction in words, or undefined where the headers agree. */
export function zipContradiction(index: ZipHeader, own: ZipHeader): string | undefined {
  if (!sameBytes(index.name, own.name)) return 'The archive’s index and the member disagree about its name.'
  if (index.method !== own.method) return 'The archive’s index and the member disagree about its packing.'
  if ((index.flags & ENCRYPTED) !== (own.flags & ENCRYPTED))
    return 'The archive’s index and the member disagree about its encryption.'
  if (own.flags & SIZES_FOLLOW) return undefined
  const differ =
    contradicts(own.crc32, index.crc32) ||
    contradicts(own.packedBytes, index.packedBytes) ||
    contradicts(own.bytes, index.bytes)
  return differ ? 'The archive’s index and the member disagree about its size or checksum.' : undefined
}
