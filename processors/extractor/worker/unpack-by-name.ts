// Has 7zz unpack one member alone, by its name; slow, but a damaged neighbour cannot shift it.
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type Refusal, refusal } from '../pure/refusal.ts'
import { type ByteSource, byteSource } from './byte-source.ts'
import type { ArchiveSource } from './open-archive.ts'
import { runSevenZip } from './seven-zip-program.ts'
import { meter } from './unpack-progress.ts'

export const damaged = refusal('ARCHIVE_MEMBER_DAMAGED', 'The member’s checksum or its data is wrong.')

/** What the index says that comes out. */
export interface ExpectedMember {
  readonly name: string
  readonly bytes: number
  /** Undefined where the archive keeps none: then the exit code of 7zz is the proof. */
  readonly crc32: number | undefined
}

/** Writes the next member of a stream and says whether size and checksum are those of the index. */
export async function writeMember(
  source: ByteSource,
  member: ExpectedMember,
  path: string,
  onWorking: () => void,
): Promise<boolean> {
  const counted = meter(onWorking)
  await pipeline(source.take(member.bytes), counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  const whole = counted.bytes() === member.bytes
  return whole && (member.crc32 === undefined || counted.crc32() === member.crc32)
}

/** Reads to the end. @returns how many bytes there were */
export async function drain(pieces: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0
  for await (const piece of pieces) bytes += piece.length
  return bytes
}

/** Replaces what lies at `path`. */
export async function unpackByName(
  source: ArchiveSource,
  member: ExpectedMember,
  path: string,
  onWorking: () => void,
): Promise<Refusal | null> {
  if (member.name === '') return damaged
  await rm(path, { force: true })
  await using run = runSevenZip(source, ['x', '-so'], member.name)
  const pieces = byteSource(run.output)
  const good = await writeMember(pieces, member, path, onWorking)
  const more = await drain(pieces.take(1))
  return good && more === 0 && (await run.ended).code === 0 ? null : damaged
}
