// Makes RAR archives of stored files, which no free tool writes: just enough of the format for tests.
// RAR 5.0 archive format, rarlab.com/technote.htm; RAR 4 as in unrar's headers.hpp.
import { crc32 } from 'node:zlib'

const vint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 0x7f) | 0x80, ...vint(Math.floor(value / 128))]
const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 0xff)

function block5(body: readonly number[], data: Uint8Array = new Uint8Array()): Buffer {
  const sized = [...vint(body.length), ...body]
  return Buffer.concat([Buffer.from([...le(crc32(Buffer.from(sized)), 4), ...sized]), data])
}

function file5(name: string, data: Buffer): Buffer {
  const bytes = Buffer.from(name)
  const head = [2, 2, ...vint(data.length), 4, ...vint(data.length), 0, ...le(crc32(data), 4), 0, 1]
  return block5([...head, ...vint(bytes.length), ...bytes], data)
}

/** RAR 5, nothing compressed. */
export function rar5(files: Readonly<Record<string, Buffer>>): Buffer {
  const members = Object.entries(files).map(([name, data]) => file5(name, data))
  return Buffer.concat([
    Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'),
    block5([1, 0, 0]),
    ...members,
    block5([5, 0, 0]),
  ])
}

const STORED = 0x30
function block4(type: number, flags: number, rest: readonly number[]): Buffer {
  const body = [type, ...le(flags, 2), ...le(7 + rest.length, 2), ...rest]
  return Buffer.from([...le(crc32(Buffer.from(body)) & 0xffff, 2), ...body])
}

function file4(name: string, data: Buffer): Buffer {
  const bytes = Buffer.from(name)
  const sizes = [...le(data.length, 4), ...le(data.length, 4), 3, ...le(crc32(data), 4), ...le(0x351d2a21, 4)]
  const head = block4(0x74, 0x8000, [
    ...sizes,
    20,
    STORED,
    ...le(bytes.length, 2),
    ...le(0o100644, 4),
    ...bytes,
  ])
  return Buffer.concat([head, data])
}

/** RAR 4, nothing compressed. */
export function rar4(files: Readonly<Record<string, Buffer>>): Buffer {
  const members = Object.entries(files).map(([name, data]) => file4(name, data))
  const end = block4(0x7b, 0x4000, [])
  return Buffer.concat([Buffer.from('Rar!\x1a\x07\0', 'latin1'), block4(0x73, 0, le(0, 6)), ...members, end])
}
