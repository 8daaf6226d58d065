// Renders a film of which groups of pictures without anything to hide are taken over as they are; the rest is encoded.
import { AV_PKT_FLAG_KEY } from 'node-av/constants'
import { type CodecContext, type Frame, Packet } from 'node-av/lib'
import {
  addPacket,
  beginsGroup,
  type CodedGroup,
  copiedPayloads,
  freeGroup,
  newGroup,
  type ShownPicture,
} from './coded-group.ts'
import { CopyDoubt } from './copy-doubt.ts'
import { isDamaged } from './damaged.ts'
import { decodeGroup } from './decode-group.ts'
import { openEncoder, type VideoEncoder } from './encode-video.ts'
import type { CopiedShare } from './pure/copied-share.ts'
import { type CopyVerdict, withSetId } from './pure/copy-rules.ts'
import { type DecodeClock, decodeClock } from './pure/decode-clock.ts'
import { joinUnits, readHeaders, type StreamHeaders } from './pure/h264-units.ts'
import { type FilmRenderer, type RenderOptions, renderPicture, requireOwn } from './render-film.ts'
import { workingPictures } from './working-picture.ts'
import { createFilm, type FilmWriter } from './write-film.ts'

export type Copying = Extract<CopyVerdict, { readonly copy: true }>

export interface CopyingRenderer extends FilmRenderer {
  /** Takes every packet of the pictures before they are decoded; borrowed. */
  coded(packet: Packet): void
  /** What was taken over as it is, so far. */
  readonly copied: CopiedShare
}

/**
 * A group is taken over when all of its pictures were told and none shows anything to hide. Where something turns up
 * in the middle of one, the pictures before it are decoded once more from its packets, which are kept until then.
 * @throws {CopyDoubt} from all of it, where the parts do not fit: render it whole then
 * @throws {PermanentFailure} RENDER_FAILED @throws {TransientFailure} DISK_FULL
 */
export function copyFilm(options: RenderOptions, copying: Copying): CopyingRenderer {
  using made = new DisposableStack()
  const encoding = withSetId(options.encoding, copying.setId)
  const { facts, rules, threads } = options
  const encoders = made.use(encoderRuns(() => openEncoder(facts, encoding, rules, options)))
  const pictures = made.use(workingPictures(facts, encoding.format))
  const codecHeader = rules.globalHeader ? sharedHeader(encoders.context, copying.headers) : undefined
  const create = options.createWriter ?? createFilm
  const writer = made.use(create({ ...options, encoding, encoder: encoders.context, codecHeader }))
  const delay = Math.max(options.source.video.codecpar.videoDelay, encoders.context.hasBFrames)
  const clock = decodeClock(delay, usualStep(options))
  const groups: CodedGroup[] = []
  made.defer(() => groups.forEach(freeGroup))
  const film = { delay, repeatsHeaders: !rules.globalHeader }
  const writeCopy = copyWriter(writer, clock)
  let isEncoding = false
  const copied = { frames: 0, groups: 0, groupsEncoded: 0 }
  const emit = (packets: Iterable<Packet>): void => {
    for (const packet of packets) {
      packet.dts = clock.next()
      if (packet.dts > packet.pts) throw new CopyDoubt()
      writer.writePicture(packet)
    }
  }
  const encode = (working: Frame, picture: ShownPicture): void =>
    emit(encoders.encode(working, picture.pts, picture.duration))
  const startEncoding = (group: CodedGroup): void => {
    isEncoding = true
    decodeGroup(options.source, group, threads, (frame, picture) => encode(pictures.prepare(frame), picture))
  }
  const closeGroup = (): void => {
    const group = groups[0]
    if (!group) return
    if (!isEncoding) {
      const payloads = copiedPayloads(group, copying.headers, film)
      if (payloads) {
        emit(encoders.end())
        writeCopy(group, payloads)
        copied.frames += payloads.length
        copied.groups++
      } else startEncoding(group)
    }
    if (isEncoding) copied.groupsEncoded++
    isEncoding = false
    groups.shift()
    freeGroup(group)
  }
  const owned = made.move()
  return {
    coded(packet) {
      if (packet.size === 0) return
      const last = groups.at(-1)
      const begins = beginsGroup(packet, last, copying.headers)
      if (begins || !last) groups.push(newGroup(packet, begins))
      const group = groups.at(-1)
      if (group) addPacket(group, packet)
    },
    async picture(held, found) {
      requireOwn(held, found)
      while (groups[1] && held.pts >= groups[1].startPts) closeGroup()
      const group = groups[0]
      if (!group) throw new CopyDoubt()
      clock.shown(held.pts)
      const isClean = found.detections.length === 0 && !isDamaged(held.frame) && group.sound
      if (!isEncoding && isClean) {
        group.shown.push({ pts: held.pts, duration: held.duration })
        return
      }
      if (!isEncoding) startEncoding(group)
      encode(await renderPicture(pictures, held.frame, found, options), held)
    },
    sound: (packet) => writer.writeSound(packet),
    finish() {
      while (groups.length > 0) closeGroup()
      emit(encoders.end())
      return writer.finish()
    },
    get resized() {
      return pictures.resized
    },
    copied,
    [Symbol.dispose]: () => owned.dispose(),
  }
}

/** One frame at the film's usual rate, in ticks. */
export function usualStep({ facts: { frameRate, timeBase } }: Pick<RenderOptions, 'facts'>): bigint {
  if (frameRate.num <= 0 || frameRate.den <= 0) return 1n
  return BigInt(Math.max(1, Math.round((frameRate.den * timeBase.den) / (frameRate.num * timeBase.num))))
}

/** The encoder's parameter sets first: its profile holds for the film as long as it is the higher one. */
export function sharedHeader(encoder: CodecContext, source: StreamHeaders): Uint8Array {
  const own = encoder.extraData ? readHeaders(encoder.extraData) : undefined
  if (!own) throw new CopyDoubt()
  return joinUnits([...own.sequenceSets, ...source.sequenceSets, ...own.pictureSets, ...source.pictureSets])
}

interface EncoderRuns extends Disposable {
  /** Of the first encoder; all of them are alike. */
  readonly context: CodecContext
  encode(frame: Frame, pts: bigint, duration: bigint): Iterable<Packet>
  /** Ends the run in hand; the next picture begins another, with a refresh. */
  end(): Iterable<Packet>
}

function encoderRuns(open: () => VideoEncoder): EncoderRuns {
  const first = open()
  let current: VideoEncoder | undefined = first
  let used = false
  return {
    context: first.context,
    encode(frame, pts, duration) {
      current ??= open()
      used = true
      return current.encode(frame, pts, duration)
    },
    *end() {
      if (!current || !used) return
      yield* current.encode(null, 0n, 0n)
      if (current !== first) current[Symbol.dispose]()
      current = undefined
      used = false
    },
    [Symbol.dispose]() {
      if (current !== first) current?.[Symbol.dispose]()
      first[Symbol.dispose]()
    },
  }
}

function copyWriter(
  writer: FilmWriter,
  clock: DecodeClock,
): (group: CodedGroup, payloads: readonly Uint8Array[]) => void {
  return (group, payloads) => {
    const durations = new Map(group.shown.map(({ pts, duration }) => [pts, duration]))
    for (const [place, payload] of payloads.entries()) {
      const source = group.packets[place]
      if (!source) throw new CopyDoubt()
      using packet = new Packet()
      packet.alloc()
      packet.data = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
      packet.pts = source.pts
      packet.dts = clock.next()
      packet.duration = durations.get(source.pts) ?? source.duration
      if (place === 0) packet.setFlags(AV_PKT_FLAG_KEY)
      if (packet.dts > packet.pts) throw new CopyDoubt()
      writer.writePicture(packet)
    }
  }
}
