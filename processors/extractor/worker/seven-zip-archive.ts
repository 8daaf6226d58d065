// Unpacks a 7z or rar archive by cutting the one stream that 7zz writes at the sizes of its index.
import { pipeline } from 'node:stream/promises'
import { RESCUED_MEMBERS } from '../pure/limits.ts'
import { byteSource } from './byte-source.ts'
import type { ArchiveSource, Opened, OpenedArchive, Unpacked, Unpacking } from './open-archive.ts'
import { readSevenZipIndex, type SevenZipIndex } from './seven-zip-index.ts'
import { runSevenZip } from './seven-zip-program.ts'
import { damaged, drain, unpackByName, writeMember } from './unpack-by-name.ts'
import { meter } from './unpack-progress.ts'

/** Whether 7zz finds every checksum right; for hashes that only 7zz can compute. */
async function testsWell(source: ArchiveSource, onWorking: () => void): Promise<boolean> {
  await using run = runSevenZip(source, ['x', '-so'])
  await pipeline(run.output, meter(onWorking), async (pieces: AsyncIterable<Buffer>) => drain(pieces))
  return (await run.ended).code === 0
}

type ReadIndex = SevenZipIndex & { verdict: 'read' }

/** The good path: one pass over the whole archive. Ends early where a member is not what the index says. */
async function* streamed(
  source: ArchiveSource,
  { members }: ReadIndex,
  unpacking: Unpacking,
): AsyncGenerator<Unpacked> {
  const unproven = members.some(
    (member, i) => unpacking.wanted(i) && member.crc32 === undefined && member.bytes > 0,
  )
  if (unproven && !(await testsWell(source, unpacking.onWorking))) return
  await using run = runSevenZip(source, ['x', '-so'])
  const pieces = byteSource(run.output)
  for (const [i, member] of members.entries()) {
    if (!unpacking.wanted(i)) {
      await pipeline(pieces.take(member.streamedBytes), meter(unpacking.onWorking), drain)
      continue
    }
    unpacking.onBegin(i)
    if (!(await writeMember(pieces, member, unpacking.fileFor(i), unpacking.onWorking))) return
    yield { index: i, refused: null }
  }
}

async function* unpack(source: ArchiveSource, index: ReadIndex, unpacking: Unpacking) {
  const wanted = index.members.map((_, i) => i).filter(unpacking.wanted)
  if (wanted.length === 0) return
  let next = 0
  for await (const member of streamed(source, index, unpacking)) {
    next++
    yield member
  }
  for (const [count, i] of wanted.slice(next).entries()) {
    const member = index.members[i]
    if (!member) continue
    unpacking.onBegin(i)
    const tooMany = count >= RESCUED_MEMBERS
    const path = unpacking.fileFor(i)
    yield {
      index: i,
      refused: tooMany ? damaged : await unpackByName(source, member, path, unpacking.onWorking),
    }
  }
}

/** @throws {Error} where 7zz cannot be started */
export async function openWithSevenZip(source: ArchiveSource): Promise<Opened> {
  const index = await readSevenZipIndex(source)
  if (index.verdict === 'refused') return index
  const archive: OpenedArchive = {
    entries: index.members.map(({ name, bytes }, i) => ({
      name,
      bytes,
      verdict: index.verdicts[i] ?? damaged,
    })),
    unpack: (unpacking) => unpack(source, index, unpacking),
    [Symbol.asyncDispose]: async () => {},
  }
  return { verdict: 'opened', archive }
}
