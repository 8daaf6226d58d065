// Decides from an archive's index alone which members may be unpacked and whether the archive may be opened at all.
import type { ExtractorLimits } from './limits.ts'
import { type Refusal, refusal } from './refusal.ts'

/** What the index of an archive says of one member. Sizes in bytes. */
export interface MemberFacts {
  /** Data, never a path. */
  readonly name: string
  readonly bytes: number
  /** Undefined where the format packs members together. */
  readonly packedBytes: number | undefined
  readonly is: 'file' | 'folder' | 'special'
  readonly encrypted: boolean
  /** Whether the packing method is one that we can undo; undefined where unpacking will tell. */
  readonly method: 'known' | 'unknown'
  /** Set where the archive contradicts itself about this member. */
  readonly contradiction?: string
}

export type MemberVerdict = Refusal | 'unpack'

export type ArchiveVerdict =
  | { readonly verdict: 'listed'; readonly members: readonly MemberVerdict[] }
  | ({ readonly verdict: 'refused' } & Refusal)

type Limits = Pick<ExtractorLimits, 'members' | 'memberBytes' | 'totalBytes' | 'ratio' | 'ratioFromBytes'>

/** Absolute in any system's eyes, or climbing out: nobody writes such a name by accident. */
export function escapesRoot(name: string): boolean {
  if (/^[/\\]/.test(name) || /^[a-z]:/i.test(name)) return true
  return name.split(/[/\\]/).includes('..')
}

const liesInFolder = (name: string): boolean => /[/\\]/.test(name)

function isBomb(bytes: number, packedBytes: number, limits: Limits): boolean {
  return bytes > limits.ratioFromBytes && bytes > packedBytes * limits.ratio
}

function judgeMember(member: MemberFacts, known: ReadonlySet<string>, limits: Limits): MemberVerdict {
  const { name, bytes, packedBytes } = member
  if (escapesRoot(name))
    return refusal('ARCHIVE_PATH_ESCAPES', 'The member’s name leaves the archive’s root.')
  if (member.is === 'special')
    return refusal('ARCHIVE_NOT_A_FILE', 'The member is a link, a device or another special file.')
  if (member.is === 'folder')
    return refusal('ARCHIVE_MEMBER_IN_FOLDER', 'This is a folder; members are expected at the root.')
  if (liesInFolder(name))
    return refusal(
      'ARCHIVE_MEMBER_IN_FOLDER',
      'The member lies in a folder; members are expected at the root.',
    )
  if (known.has(name))
    return refusal('ARCHIVE_DUPLICATE_NAME', 'An earlier member of the archive has the same name.')
  if (member.encrypted) return refusal('ARCHIVE_ENCRYPTED', 'The member needs a password.')
  if (member.method === 'unknown')
    return refusal('ARCHIVE_METHOD', 'The member is packed by a method that is not supported.')
  if (member.contradiction !== undefined) return refusal('ARCHIVE_MEMBER_DAMAGED', member.contradiction)
  if (bytes > limits.memberBytes)
    return refusal('ARCHIVE_TOO_LARGE', 'The unpacked member is larger than allowed.')
  if (packedBytes !== undefined && isBomb(bytes, packedBytes, limits))
    return refusal('ARCHIVE_RATIO', 'The member unpacks to far more than its packed size allows.')
  return 'unpack'
}

/** @param archiveBytes size of the archive file */
export function judgeArchive(
  members: readonly MemberFacts[],
  archiveBytes: number,
  limits: Limits,
): ArchiveVerdict {
  if (members.length === 0) return refusal('ARCHIVE_EMPTY', 'The archive holds no file.')
  if (members.length > limits.members)
    return refusal('ARCHIVE_TOO_MANY_MEMBERS', `The archive holds more than ${limits.members} members.`)
  const known = new Set<string>()
  let total = 0
  const verdicts = members.map((member): MemberVerdict => {
    const verdict = judgeMember(member, known, limits)
    known.add(member.name)
    if (verdict === 'unpack') total += member.bytes
    return verdict
  })
  if (total > limits.totalBytes)
    return refusal('ARCHIVE_TOO_LARGE', 'The unpacked archive is larger than allowed.')
  if (isBomb(total, archiveBytes, limits))
    return refusal('ARCHIVE_RATIO', 'The archive unpacks to far more than its size allows.')
  return { verdict: 'listed', members: verdicts }
}
