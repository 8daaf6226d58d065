// One file on its way into a result archive.
import type { Readable } from 'node:stream'

export interface ArchiveEntry {
  /** As it appears in the archive: data, never a path of ours. */
  readonly name: string
  /** Its bytes; asked for once, when its turn comes. */
  open(): Promise<Readable>
}
