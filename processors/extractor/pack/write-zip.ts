// Writes a zip of stored files, streaming each in its turn.
import { createWriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import type { ArchiveEntry } from './archive-entry.ts'

/** Resolves when the stream was read to its end; a stop destroys it. */
function readToEnd(stream: Readable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    stream.once('end', resolve)
    stream.once('error', reject)
    stream.once('close', () => signal.removeEventListener('abort', stop))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
}

/** Adds entries one at a time, so that only one is open: the next when the one before was read to its end. */
async function addAll(
  zip: ZipFile,
  entries: AsyncIterable<ArchiveEntry>,
  mtime: Date,
  signal: AbortSignal,
): Promise<void> {
  for await (const { name, open } of entries) {
    const stream = await open()
    const read = readToEnd(stream, signal)
    // Pictures and films do not pack any further.
    zip.addReadStream(stream, name, { compress: false, mtime, mode: 0o100644 })
    await read
  }
  zip.end()
}

/**
 * Writes a new file. `mtime` is every entry's time, so that the same results make the same archive.
 * @throws what opening or reading an entry throws
 */
export async function writeZip(
  path: string,
  entries: AsyncIterable<ArchiveEntry>,
  options: { readonly mtime: Date; readonly signal: AbortSignal },
): Promise<void> {
  const zip = new ZipFile()
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  // yazl types its stream as any readable; it is a Node one.
  const written = pipeline(zip.outputStream as Readable, createWriteStream(path, { flags: 'wx' }), { signal })
  const added = addAll(zip, entries, options.mtime, signal).catch((error: unknown) => {
    stop.abort(error)
    throw error
  })
  const [first] = (await Promise.allSettled([added, written])).filter((end) => end.status === 'rejected')
  if (first) throw first.reason
}
