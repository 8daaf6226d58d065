// Writes and reads what became of one part of a film: its packets, its frames' detections, and facts that make it whole.
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { AV_PKT_FLAG_KEY } from 'node-av/constants'
import type { Packet } from 'node-av/lib'
import { z } from 'zod'
import { PermanentFailure } from '#runtime/failure.ts'
import { type FrameDetections, frameDetectionsSchema } from '#schemas/detection-document.ts'

const count = z.int().nonnegative()

/** What a finished part says of itself. */
export const partFactsSchema = z.strictObject({
  /** Of the film, the settings and the models: a part made otherwise is not used. */
  fingerprint: z.string(),
  index: count,
  /** The part's frames count from 0 where looking began; its own are `pictures` from `firstOwn` on. */
  firstOwn: count,
  pictures: count,
  damagedPictures: count,
  refusedPackets: count,
  repairedTimes: count,
  resized: count,
  copied: z.strictObject({ frames: count, groups: count, groupsEncoded: count }),
  /** False where parts did not fit and all of it was encoded. */
  fits: z.boolean(),
  decodedTwice: z.boolean(),
  looks: z.record(z.string(), count),
})
export type PartFacts = z.infer<typeof partFactsSchema>

/** A packet of the pictures, in ticks of the film's time base. */
export interface PartPacket {
  readonly pts: bigint
  readonly duration: bigint
  readonly isKey: boolean
  readonly data: Buffer
}

export interface PartWriter extends Disposable {
  packet(packet: Packet): void
  frames(frames: readonly FrameDetections[]): void
  /** The file is a part from here on. */
  finish(facts: PartFacts): void
}

const MAGIC = Buffer.from('SYNPART1')
const PACKET = 1
const FRAME = 2
/** Kind, flags, 2 bytes unused, size, pts, duration. */
const HEAD_BYTES = 24

/** Grows beside `path` and takes its place when it is whole. */
export function writePart(path: string): PartWriter {
  const growing = `${path}.growing`
  const file = openSync(growing, 'w')
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  const put = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  }
  const record = (kind: number, data: Uint8Array, more = { flags: 0, pts: 0n, duration: 0n }): void => {
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt8(kind, 0)
    head.writeUInt8(more.flags, 1)
    head.writeUInt32LE(data.length, 4)
    head.writeBigInt64LE(more.pts, 8)
    head.writeBigInt64LE(more.duration, 16)
    put(head)
    put(data)
  }
  return {
    packet({ data, pts, duration, isKeyframe }) {
      record(PACKET, data ?? Buffer.alloc(0), { flags: isKeyframe ? AV_PKT_FLAG_KEY : 0, pts, duration })
    },
    frames(frames) {
      for (const frame of frames) record(FRAME, Buffer.from(JSON.stringify(frame)))
    },
    finish(facts) {
      const text = Buffer.from(JSON.stringify(facts))
      const length = Buffer.alloc(4)
      length.writeUInt32LE(text.length)
      for (const bytes of [text, length, MAGIC]) put(bytes)
      close()
      renameSync(growing, path)
    },
    [Symbol.dispose]: close,
  }
}

export interface PartReader extends Disposable {
  readonly facts: PartFacts
  /** In the order decoded. `withData` false leaves the bytes out. */
  packets(withData?: boolean): Generator<PartPacket>
  /** All frames that were looked at, also those around the part's own. */
  frames(): Generator<FrameDetections>
}

const wrong = (why: string): PermanentFailure =>
  new PermanentFailure('RENDER_FAILED', `A part of the film ${why}.`)

/** Undefined where there is no whole part at `path`. */
export function readPart(path: string): PartReader | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length)
    let got = 0
    while (got < length) {
      const now = readSync(file, bytes, got, length - got, at + got)
      if (now === 0) throw wrong('ends early')
      got += now
    }
    return bytes
  }
  const found = readFacts(fstatSync(file).size, read)
  if (!found) {
    closeSync(file)
    return undefined
  }
  function* records(kind: number, withData: boolean): Generator<{ head: Buffer; data: Buffer }> {
    for (let at = 0; at < (found?.end ?? 0); ) {
      const head = read(at, HEAD_BYTES)
      const size = head.readUInt32LE(4)
      if (head.readUInt8(0) === kind)
        yield { head, data: withData ? read(at + HEAD_BYTES, size) : Buffer.alloc(0) }
      at += HEAD_BYTES + size
    }
  }
  return {
    facts: found.facts,
    *packets(withData = true) {
      for (const { head, data } of records(PACKET, withData))
        yield {
          pts: head.readBigInt64LE(8),
          duration: head.readBigInt64LE(16),
          isKey: (head.readUInt8(1) & AV_PKT_FLAG_KEY) !== 0,
          data,
        }
    },
    *frames() {
      for (const { data } of records(FRAME, true))
        yield frameDetectionsSchema.parse(JSON.parse(data.toString()))
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

function readFacts(
  size: number,
  read: (at: number, length: number) => Buffer,
): { readonly facts: PartFacts; readonly end: number } | undefined {
  const tail = MAGIC.length + 4
  if (size < tail || !read(size - MAGIC.length, MAGIC.length).equals(MAGIC)) return undefined
  const length = read(size - tail, 4).readUInt32LE()
  if (length > size - tail) return undefined
  const end = size - tail - length
  const parsed = partFactsSchema.safeParse(jsonOf(read(end, length)))
  return parsed.success ? { facts: parsed.data, end } : undefined
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
