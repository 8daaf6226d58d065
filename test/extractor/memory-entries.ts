// Entries for a result archive out of texts in memory.
import { Readable } from 'node:stream'
import type { ArchiveEntry } from '#extractor/pack/archive-entry.ts'

export async function* memoryEntries(
  files: Readonly<Record<string, string | Uint8Array>>,
): AsyncGenerator<ArchiveEntry> {
  for (const [name, content] of Object.entries(files))
    yield { name, open: async () => Readable.from(content.length > 0 ? [Buffer.from(content)] : []) }
}
