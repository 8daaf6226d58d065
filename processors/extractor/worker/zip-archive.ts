// Opens a zip by its index and unpacks single members with their size and checksum verified.
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { openPromise, type Entry as ZipEntry, type ZipFile } from 'yauzl'
import { type Refusal, refusal } from '../pure/refusal.ts'
import type { ArchiveSource, Opened, OpenedArchive, Unpacking } from './open-archive.ts'
import { unpackByName } from './unpack-by-name.ts'
import { meter } from './unpack-progress.ts'
import { isRareMethod, readZipIndex, type ZipIndex } from './zip-index.ts'

const OPTIONS = { autoClose: false, decodeStrings: false, validateEntrySizes: true }

function refusedOpening(error: unknown): { verdict: 'refused' } & Refusal {
  const text = error instanceof Error ? error.message : ''
  if (/multi-disk/i.test(text))
    return refusal('ARCHIVE_MULTIPART', 'The archive is one part of several; hand it in as one file.')
  if (/encrypt/i.test(text)) return refusal('ARCHIVE_ENCRYPTED', 'The archive needs a password.')
  return refusal('ARCHIVE_UNREADABLE', 'The archive is damaged: its index cannot be read.')
}

async function unpackOne(zip: ZipFile, entry: ZipEntry, path: string, onWorking: () => void) {
  const damaged = refusal('ARCHIVE_MEMBER_DAMAGED', 'The member’s data is damaged.')
  const counted = meter(onWorking)
  try {
    await pipeline(
      await zip.openReadStreamPromise(entry),
      counted,
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT'))
      throw error
    return damaged
  }
  if (counted.crc32() !== entry.crc32)
    return refusal('ARCHIVE_MEMBER_DAMAGED', 'The member’s checksum is wrong.')
  return null
}

function opened(source: ArchiveSource, zip: ZipFile, index: ZipIndex & { verdict: 'read' }): OpenedArchive {
  return {
    entries: index.members.map(({ entry, name, verdict }) => ({
      name,
      bytes: entry.uncompressedSize,
      verdict,
    })),
    async *unpack({ wanted, fileFor, onBegin, onWorking }: Unpacking) {
      for (const [i, { name, entry }] of index.members.entries()) {
        if (!wanted(i)) continue
        onBegin(i)
        const expected = { name, bytes: entry.uncompressedSize, crc32: entry.crc32 }
        const refused = isRareMethod(entry.compressionMethod)
          ? await unpackByName(source, expected, fileFor(i), onWorking)
          : await unpackOne(zip, entry, fileFor(i), onWorking)
        yield { index: i, refused }
      }
    },
    [Symbol.asyncDispose]: async () => zip.close(),
  }
}

export async function openZip(source: ArchiveSource): Promise<Opened> {
  let zip: ZipFile | undefined
  try {
    zip = await openPromise(source.path, OPTIONS)
    const index = await readZipIndex(zip, source.limits)
    if (index.verdict === 'read') return { verdict: 'opened', archive: opened(source, zip, index) }
    zip.close()
    return index
  } catch (error) {
    // Whatever yauzl finds wrong with an index, the user needs to know that it is wrong.
    zip?.close()
    return refusedOpening(error)
  }
}
