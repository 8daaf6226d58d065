// Lists a 7z or rar archive through 7zz and judges it before a byte is unpacked.
import { stat } from 'node:fs/promises'
import { linesOf } from '../lines.ts'
import { judgeArchive, type MemberVerdict } from '../pure/member-verdict.ts'
import { nameText } from '../pure/name-text.ts'
import { type Refusal, refusal } from '../pure/refusal.ts'
import {
  listingReader,
  type Properties,
  type SevenZipMember,
  sevenZipMember,
} from '../pure/seven-zip-listing.ts'
import type { ArchiveSource } from './open-archive.ts'
import { runSevenZip } from './seven-zip-program.ts'

export type SevenZipIndex =
  | {
      readonly verdict: 'read'
      readonly members: readonly SevenZipMember[]
      readonly verdicts: readonly MemberVerdict[]
    }
  | ({ readonly verdict: 'refused' } & Refusal)

const MEMORY_EXIT = 8

class ListingTooLong extends Error {}

interface Listing {
  readonly archive: Properties
  readonly members: readonly SevenZipMember[]
  readonly code: number
  readonly errors: string
}

async function list(source: ArchiveSource): Promise<Listing> {
  await using run = runSevenZip(source, ['l', '-slt'])
  const reader = listingReader()
  const members: SevenZipMember[] = []
  let archive: Properties = {}
  let printed = 0
  for await (const line of linesOf(run.output)) {
    printed += line.length + 1
    if (printed > source.limits.listingBytes) throw new ListingTooLong('too long')
    const block = reader.line(nameText(line))
    if (block?.of === 'archive') archive = block.properties
    else if (block) members.push(sevenZipMember(block.properties))
    if (members.length > source.limits.members) throw new ListingTooLong('too many members')
  }
  return { archive, members, ...(await run.ended) }
}

function refusedListing({ archive, code, errors }: Listing): ({ verdict: 'refused' } & Refusal) | undefined {
  if (archive.Multivolume === '+' || /missing volume/i.test(`${archive.ERROR ?? ''} ${errors}`))
    return refusal('ARCHIVE_MULTIPART', 'The archive is one part of several; hand it in as one file.')
  if (code === 0 || code === 1) return undefined
  if (/encrypted archive|wrong password/i.test(errors))
    return refusal('ARCHIVE_ENCRYPTED', 'The archive needs a password.')
  if (code === MEMORY_EXIT)
    return refusal('WORKER_MEMORY', 'The archive needs more memory than a worker may use.')
  return refusal('ARCHIVE_UNREADABLE', 'The archive is damaged: its index cannot be read.')
}

export async function readSevenZipIndex(source: ArchiveSource): Promise<SevenZipIndex> {
  let listing: Listing
  try {
    listing = await list(source)
  } catch (error) {
    if (!(error instanceof ListingTooLong)) throw error
    return refusal(
      'ARCHIVE_TOO_MANY_MEMBERS',
      `The archive holds more than ${source.limits.members} members.`,
    )
  }
  const refused = refusedListing(listing)
  if (refused) return refused
  const { size } = await stat(source.path)
  const judged = judgeArchive(listing.members, size, source.limits)
  if (judged.verdict === 'refused') return judged
  return { verdict: 'read', members: listing.members, verdicts: judged.members }
}
