// Puts results together again as an archive of the input's kind; rar, which no free tool writes, becomes zip.
import type { ArchiveEntry } from './archive-entry.ts'
import { writeSevenZip } from './write-seven-zip.ts'
import { writeZip } from './write-zip.ts'

export type InputFormat = 'zip' | '7z' | 'rar'

/** The extension of the results of an archive of that kind. */
export const packedExtension = (format: InputFormat): '.zip' | '.7z' => (format === '7z' ? '.7z' : '.zip')

/**
 * Writes the results in the order given to a new file at `outputPath`.
 * @param options.mtime the time of every entry, so that packing twice gives the same bytes
 */
export async function packResults(options: {
  readonly format: InputFormat
  readonly entries: AsyncIterable<ArchiveEntry>
  readonly outputPath: string
  readonly mtime: Date
  readonly signal: AbortSignal
}): Promise<void> {
  const { entries, outputPath, mtime, signal } = options
  if (options.format === '7z') await writeSevenZip(outputPath, entries, signal)
  else await writeZip(outputPath, entries, { mtime, signal })
}
