// What both archive readers offer to the child that unpacks: an index judged before anything is written, then the members.
import type { ExtractorLimits } from '../pure/limits.ts'
import type { ArchiveType } from '../pure/media-types.ts'
import type { MemberVerdict } from '../pure/member-verdict.ts'
import type { Refusal } from '../pure/refusal.ts'

export interface ArchiveSource {
  readonly type: ArchiveType
  readonly path: string
  readonly limits: ExtractorLimits
  /** Path of the 7zz program. */
  readonly sevenZip: string
}

export interface Entry {
  readonly name: string
  readonly bytes: number
  readonly verdict: MemberVerdict
}

/** How one member ended: written to its file with the size and checksum of the index, or refused. */
export type Unpacked = { readonly index: number; readonly refused: Refusal | null }

export interface Unpacking {
  /** Members whose verdict is to unpack and that are still wanted. */
  readonly wanted: (index: number) => boolean
  /** Where the member is written: a file that does not exist yet. */
  readonly fileFor: (index: number) => string
  readonly onBegin: (index: number) => void
  readonly onWorking: () => void
}

export interface OpenedArchive extends AsyncDisposable {
  readonly entries: readonly Entry[]
  /** The wanted members in the archive's order, one at a time; stops between members while nobody asks. */
  unpack(unpacking: Unpacking): AsyncIterable<Unpacked>
}

export type Opened =
  | { readonly verdict: 'opened'; readonly archive: OpenedArchive }
  | ({ readonly verdict: 'refused' } & Refusal)
