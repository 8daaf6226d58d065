// Takes H.264 streams apart into their units (ITU-T H.264, 7.3 and Annex B; ISO/IEC 14496-15, 5.3) without decoding any.

const SLICE_IDR = 5
const SEI = 6
const SEQUENCE_SET = 7
const PICTURE_SET = 8
const DELIMITER = 9
const FILLER = 12

export const unitType = (unit: Uint8Array): number => (unit[0] ?? 0) & 31
export const isParameterSet = (unit: Uint8Array): boolean =>
  unitType(unit) === SEQUENCE_SET || unitType(unit) === PICTURE_SET

/** True where the access unit is an instantaneous refresh: nothing after it leans on anything before it. */
export const isRefresh = (units: readonly Uint8Array[]): boolean =>
  units.some((unit) => unitType(unit) === SLICE_IDR)

/** How units are told apart: by a length of so many bytes before each, or by start codes. */
export type Framing = { readonly lengthBytes: 1 | 2 | 4 } | 'start-codes'

/** A stream's headers; undefined where they are not understood. */
export interface StreamHeaders {
  readonly framing: Framing
  readonly sequenceSets: readonly Uint8Array[]
  readonly pictureSets: readonly Uint8Array[]
}

/** Reads a container's codec header: avcC, or units with start codes. */
export function readHeaders(header: Uint8Array): StreamHeaders | undefined {
  if (header.length < 7) return undefined
  if (header[0] !== 1) {
    const units = splitUnits(header, 'start-codes') ?? []
    return sorted('start-codes', units)
  }
  const lengthBytes = ((header[4] ?? 0) & 3) + 1
  if (lengthBytes === 3) return undefined
  const units: Uint8Array[] = []
  let at = 5
  for (const mask of [31, 255]) {
    let left = (header[at++] ?? 0) & mask
    for (; left > 0; left--) {
      const length = ((header[at] ?? 0) << 8) | (header[at + 1] ?? 0)
      if (length === 0 || at + 2 + length > header.length) return undefined
      units.push(header.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  return sorted({ lengthBytes: lengthBytes as 1 | 2 | 4 }, units)
}

function sorted(framing: Framing, units: readonly Uint8Array[]): StreamHeaders | undefined {
  const sequenceSets = units.filter((unit) => unitType(unit) === SEQUENCE_SET)
  const pictureSets = units.filter((unit) => unitType(unit) === PICTURE_SET)
  return sequenceSets.length > 0 && pictureSets.length > 0
    ? { framing, sequenceSets, pictureSets }
    : undefined
}

/** The units of one packet, as views; undefined where the packet is not made of whole units. */
export function splitUnits(packet: Uint8Array, framing: Framing): readonly Uint8Array[] | undefined {
  return framing === 'start-codes' ? betweenStartCodes(packet) : afterLengths(packet, framing.lengthBytes)
}

function afterLengths(packet: Uint8Array, lengthBytes: number): readonly Uint8Array[] | undefined {
  const units: Uint8Array[] = []
  let at = 0
  while (at < packet.length) {
    let length = 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (packet[at + i] ?? 0)
    at += lengthBytes
    if (length === 0 || at + length > packet.length) return undefined
    units.push(packet.subarray(at, at + length))
    at += length
  }
  return units
}

function betweenStartCodes(packet: Uint8Array): readonly Uint8Array[] | undefined {
  const starts: number[] = []
  for (let i = 0; i + 2 < packet.length; i++) {
    if (packet[i] === 0 && packet[i + 1] === 0 && packet[i + 2] === 1) {
      starts.push(i + 3)
      i += 2
    }
  }
  if (starts.length === 0) return undefined
  return starts.flatMap((start, i) => {
    let end = (starts[i + 1] ?? packet.length + 3) - 3
    while (end > start && packet[end - 1] === 0) end--
    return end > start ? [packet.subarray(start, end)] : []
  })
}

/** Units behind four-byte start codes. */
export function joinUnits(units: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(units.reduce((sum, unit) => sum + unit.length + 4, 0))
  let at = 0
  for (const unit of units) {
    joined[at + 3] = 1
    joined.set(unit, at + 4)
    at += unit.length + 4
  }
  return joined
}

/** Messages in which cameras and editors leave whatever they like (D.2.6, D.2.7: registered and unregistered user data). */
const USER_DATA = new Set([4, 5])

/** Units that carry nothing of the picture and may carry a place, a name or captions; and padding. */
export const isBaggage = (unit: Uint8Array): boolean =>
  unitType(unit) === FILLER || unitType(unit) === DELIMITER || (unitType(unit) === SEI && hasUserData(unit))

function hasUserData(unit: Uint8Array): boolean {
  const bytes = withoutEscapes(unit.subarray(1))
  let at = 0
  // The last byte is the trailing bits.
  while (at < bytes.length - 1) {
    const [type, afterType] = readStretched(bytes, at)
    const [size, afterSize] = readStretched(bytes, afterType)
    if (USER_DATA.has(type)) return true
    at = afterSize + size
  }
  return false
}

function readStretched(bytes: Uint8Array, from: number): readonly [value: number, next: number] {
  let [value, at] = [0, from]
  while (bytes[at] === 255) {
    value += 255
    at++
  }
  return [value + (bytes[at] ?? 0), at + 1]
}

/** A unit's payload without the bytes that keep start codes out of it (7.4.1). */
export function withoutEscapes(unit: Uint8Array): Uint8Array {
  const plain = new Uint8Array(unit.length)
  let [length, zeros] = [0, 0]
  for (const byte of unit) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    plain[length++] = byte
  }
  return plain.subarray(0, length)
}
