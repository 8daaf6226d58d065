// Reads the whole index of a zip together with every member's own header, and judges it before a byte is unpacked.
import type { LocalFileHeader, Entry as ZipEntry, ZipFile } from 'yauzl'
import { type ByteRange, overlap } from '../pure/byte-ranges.ts'
import type { ExtractorLimits } from '../pure/limits.ts'
import { judgeArchive, type MemberFacts, type MemberVerdict } from '../pure/member-verdict.ts'
import { nameText } from '../pure/name-text.ts'
import { type Refusal, refusal } from '../pure/refusal.ts'
import { zipContradiction } from '../pure/zip-contradiction.ts'
import { zipMemberKind } from '../pure/zip-member-kind.ts'

export interface IndexedMember {
  readonly entry: ZipEntry
  readonly name: string
  readonly verdict: MemberVerdict
}

export type ZipIndex =
  | { readonly verdict: 'read'; readonly members: readonly IndexedMember[] }
  | ({ readonly verdict: 'refused' } & Refusal)

interface Listed {
  readonly entry: ZipEntry
  readonly facts: MemberFacts
  readonly range: ByteRange | undefined
}

/** Stored and deflated: what yauzl undoes. */
const COMMON_METHODS = new Set([0, 8])
/** Deflate64 (Windows, above 2 GB), bzip2, LZMA, Zstandard, xz, PPMd: what 7zz undoes. APPNOTE.TXT, section 4.4.5. */
const RARE_METHODS = new Set([9, 12, 14, 93, 95, 98])

export const isRareMethod = (method: number): boolean => RARE_METHODS.has(method)

const isKnownMethod = (method: number): boolean => COMMON_METHODS.has(method) || isRareMethod(method)

async function ownHeader(zip: ZipFile, entry: ZipEntry): Promise<LocalFileHeader | undefined> {
  try {
    return await zip.readLocalFileHeaderPromise(entry)
  } catch {
    // A member whose own header is missing is damaged; the others are not.
    return undefined
  }
}

function contradiction(entry: ZipEntry, own: LocalFileHeader | undefined): string | undefined {
  if (!own) return 'The member’s own header is missing.'
  const header = (of: ZipEntry | LocalFileHeader, name: Uint8Array) => ({
    flags: of.generalPurposeBitFlag,
    method: of.compressionMethod,
    crc32: of.crc32,
    packedBytes: of.compressedSize,
    bytes: of.uncompressedSize,
    name,
  })
  return zipContradiction(header(entry, entry.fileNameRaw), header(own, own.fileName))
}

async function list(zip: ZipFile, entry: ZipEntry): Promise<Listed> {
  const own = await ownHeader(zip, entry)
  const name = nameText(entry.fileNameRaw)
  const wrong = contradiction(entry, own)
  const facts: MemberFacts = {
    name,
    bytes: entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    is: zipMemberKind(name, entry.externalFileAttributes),
    encrypted: entry.isEncrypted(),
    method: isKnownMethod(entry.compressionMethod) ? 'known' : 'unknown',
    ...(wrong === undefined ? {} : { contradiction: wrong }),
  }
  const range = own && {
    start: entry.relativeOffsetOfLocalHeader,
    end: own.fileDataStart + entry.compressedSize,
  }
  return { entry, facts, range }
}

/**
 * @throws {Error} of yauzl where the index is damaged
 */
export async function readZipIndex(zip: ZipFile, limits: ExtractorLimits): Promise<ZipIndex> {
  if (zip.entryCount > limits.members)
    return refusal('ARCHIVE_TOO_MANY_MEMBERS', `The archive holds more than ${limits.members} members.`)
  const listed: Listed[] = []
  for await (const entry of zip.eachEntry()) listed.push(await list(zip, entry))
  if (overlap(listed.flatMap(({ range }) => range ?? [])))
    return refusal('ARCHIVE_OVERLAP', 'Members of the archive share bytes.')
  const facts = listed.map((one) => one.facts)
  const judged = judgeArchive(facts, zip.fileSize, limits)
  if (judged.verdict === 'refused') return judged
  const members = listed.map(({ entry, facts: { name } }, i) => ({
    entry,
    name,
    verdict: judged.members[i] ?? refusal('ARCHIVE_MEMBER_DAMAGED', 'The member was not judged.'),
  }))
  return { verdict: 'read', members }
}
