// Reads numbers and letters out of the first bytes of a file without ever leaving them.

/** Little-endian unsigned 32 bit; undefined past the end. */
export function uint32le(bytes: Uint8Array, at: number): number | undefined {
  if (at < 0 || at + 4 > bytes.length) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
}

/** Big-endian unsigned 32 bit; undefined past the end. */
export function uint32be(bytes: Uint8Array, at: number): number | undefined {
  if (at < 0 || at + 4 > bytes.length) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, false)
}

/** Little-endian signed 32 bit; undefined past the end. */
export function int32le(bytes: Uint8Array, at: number): number | undefined {
  if (at < 0 || at + 4 > bytes.length) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true)
}

/** Little-endian unsigned 16 bit; undefined past the end. */
export function uint16le(bytes: Uint8Array, at: number): number | undefined {
  if (at < 0 || at + 2 > bytes.length) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(at, true)
}

/** Bytes as Latin-1 letters, at most up to the end. */
export function letters(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)))
}

export function startsWith(bytes: Uint8Array, signature: readonly number[], at = 0): boolean {
  return signature.every((byte, i) => bytes[at + i] === byte)
}
