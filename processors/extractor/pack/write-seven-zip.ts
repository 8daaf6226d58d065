// Writes a 7z archive of stored files, streaming each; a name is data in its header and never a path on our disk.
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import {
  SIGNATURE_HEADER_BYTES,
  type StoredFile,
  sevenZipHeader,
  signatureHeader,
  startHeader,
} from '../pure/seven-zip-header.ts'
import type { ArchiveEntry } from './archive-entry.ts'

async function store(file: FileHandle, entry: ArchiveEntry, signal: AbortSignal): Promise<StoredFile> {
  let bytes = 0
  let sum = 0
  for await (const chunk of await entry.open()) {
    signal.throwIfAborted()
    await file.writeFile(chunk)
    bytes += chunk.length
    sum = crc32(chunk, sum)
  }
  return { name: entry.name, bytes, crc32: sum }
}

/** Writes a new file. @throws what opening or reading an entry throws */
export async function writeSevenZip(
  path: string,
  entries: AsyncIterable<ArchiveEntry>,
  signal: AbortSignal,
): Promise<void> {
  await using file = await open(path, 'wx')
  await file.writeFile(new Uint8Array(SIGNATURE_HEADER_BYTES))
  const stored: StoredFile[] = []
  for await (const entry of entries) stored.push(await store(file, entry, signal))
  const header = sevenZipHeader(stored)
  await file.writeFile(header)
  const offset = stored.reduce((sum, { bytes }) => sum + bytes, 0)
  const start = startHeader({ offset, bytes: header.length, crc32: crc32(header) })
  await file.write(signatureHeader(start, crc32(start)), 0, SIGNATURE_HEADER_BYTES, 0)
}
