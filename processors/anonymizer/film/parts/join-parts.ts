// Joins finished parts to one film and one detection document; the film's sound is taken over beside them.
import { setImmediate as turn } from 'node:timers/promises'
import { AV_PKT_FLAG_KEY, AVDISCARD_ALL } from 'node-av/constants'
import { type IRational, Packet } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import { hiddenDetections } from '../../pure/hiding-rules.ts'
import { CopyDoubt } from '../copy-doubt.ts'
import { sharedHeader, usualStep } from '../copy-film.ts'
import { countFinds, type FindCounts } from '../count-finds.ts'
import { writeDocument } from '../document-file.ts'
import { openEncoder } from '../encode-video.ts'
import type { FilmRun } from '../film-run.ts'
import { type OpenFilm, openFilm } from '../open-film.ts'
import { withSetId } from '../pure/copy-rules.ts'
import { decodeClock } from '../pure/decode-clock.ts'
import { joinTracks } from '../pure/join-tracks.ts'
import { newTally, readPackets } from '../read-film.ts'
import { documentHead, filmEncoding } from '../take-pass.ts'
import { verifyFilm } from '../verify-film.ts'
import { createFilm, type FilmWriter } from '../write-film.ts'
import { type PartFacts, type PartPacket, type PartReader, readPart } from './part-file.ts'

export interface JoinedParts {
  readonly facts: readonly PartFacts[]
  readonly found: FindCounts
  readonly movedSound: number
}

/** The event loop gets a turn after so many frames or packets, so that a cancellation is heard. */
const TURN_EVERY = 512

/** @throws {PermanentFailure} RENDER_FAILED, OUTPUT_UNVERIFIED @throws {CopyDoubt} where they do not fit @throws the signal's reason */
export async function joinParts(
  run: FilmRun,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<JoinedParts> {
  using open = new DisposableStack()
  const parts = paths.map((path) => {
    const part = readPart(path)
    if (!part) throw new PermanentFailure('RENDER_FAILED', 'A part of the film is missing.')
    return open.use(part)
  })
  const found = await joinDocuments(run, parts, signal)
  const movedSound = await joinPackets(run, parts, signal)
  return { facts: parts.map(({ facts }) => facts), found, movedSound }
}

async function joinDocuments(
  run: FilmRun,
  parts: readonly PartReader[],
  signal: AbortSignal,
): Promise<FindCounts> {
  const { facts, settings, task } = run
  await using document = writeDocument(task.documentPath, documentHead(run))
  const found = countFinds()
  let frameNumber = 0
  let nextTrack = 0
  let around: readonly FrameDetections[] = []
  for (const part of parts) {
    const { firstOwn, pictures } = part.facts
    const names = joinTracks(around, headOf(part))
    const known = new Map<number, number>(names)
    const named = (frame: FrameDetections): FrameDetections => ({
      ...frame,
      detections: frame.detections.map((detection) => {
        if (detection.track === null) return detection
        // Odd ids are plates', even ones faces', as where a film is looked at in one go.
        const id = known.get(detection.track) ?? 2 * nextTrack++ + (detection.class === 'plate' ? 1 : 0)
        known.set(detection.track, id)
        return { ...detection, track: id }
      }),
    })
    const tail: FrameDetections[] = []
    for (const frame of part.frames()) {
      if (frame.frame < firstOwn) continue
      const told = named(frame)
      if (frame.frame >= firstOwn + pictures || isNearEnd(frame, part)) tail.push(told)
      if (frame.frame >= firstOwn + pictures) continue
      const own = { ...told, frame: frameNumber++ }
      await document.write([own])
      found.count({ ...own, detections: hiddenDetections(own.detections, facts.displayed, settings.rules) })
      if (frameNumber % TURN_EVERY === 0) await turn()
      signal.throwIfAborted()
    }
    around = tail
  }
  await document.finish()
  return found.totals()
}

/** So many frames on either side of a seam say who is who. */
const FRAMES_AT_SEAM = 90

const isNearEnd = ({ frame }: FrameDetections, { facts }: PartReader): boolean =>
  frame >= facts.firstOwn + facts.pictures - FRAMES_AT_SEAM

function headOf(part: PartReader): readonly FrameDetections[] {
  const head: FrameDetections[] = []
  for (const frame of part.frames()) {
    if (frame.frame >= part.facts.firstOwn + FRAMES_AT_SEAM) break
    head.push(frame)
  }
  return head
}

async function joinPackets(run: FilmRun, parts: readonly PartReader[], signal: AbortSignal): Promise<number> {
  const { task, rules, facts, settings, tuning } = run
  const { timeBase } = facts
  using opened = openFilm(task.inputPath, rules)
  const film: OpenFilm = settings.sound ? opened : { ...opened, audio: [] }
  const { encoding: base, copying } = filmEncoding(run, opened)
  const encoding = copying.copy ? withSetId(base, copying.setId) : base
  using encoder = openEncoder(facts, encoding, rules, { threads: tuning.threads, gpu: tuning.gpu?.cuda })
  const { context } = encoder
  const codecHeader = copying.copy && rules.globalHeader ? sharedHeader(context, copying.headers) : undefined
  const delay = Math.max(copying.copy ? opened.video.codecpar.videoDelay : 0, context.hasBFrames)
  const pictures = timedPackets(parts, delay, usualStep({ facts }))
  using writer = createFilm({
    path: task.outputPath,
    rules,
    facts,
    encoding,
    encoder: context,
    codecHeader,
    source: film,
  })
  let next = pictures.next()
  const writeUpTo = (seconds: number): void => {
    for (; !next.done && secondsOf(next.value.dts, timeBase) <= seconds; next = pictures.next())
      writePicture(writer, next.value)
  }
  let packets = 0
  if (film.audio.length > 0) {
    const bases = new Map(film.audio.map((stream) => [stream.index, stream.timeBase]))
    const options = { audio: true, joinClock: rules.container === 'mpegts' }
    // A transport stream's clock is told by all of its packets; elsewhere the pictures need not be read again.
    if (!options.joinClock) opened.video.discard = AVDISCARD_ALL
    for (const packet of readPackets(film, newTally(), options)) {
      const tick = bases.get(packet.streamIndex)
      if (!tick) continue
      writeUpTo(secondsOf(packet.pts, tick))
      writer.writeSound(packet)
      if (++packets % TURN_EVERY === 0) await turn()
      signal.throwIfAborted()
    }
  }
  for (; !next.done; next = pictures.next()) {
    writePicture(writer, next.value)
    if (++packets % TURN_EVERY === 0) await turn()
    signal.throwIfAborted()
  }
  const written = writer.finish()
  writer[Symbol.dispose]()
  verifyFilm(task.outputPath, rules, written)
  return written.movedSound
}

const secondsOf = (ticks: bigint, { num, den }: IRational): number => (Number(ticks) * num) / den

interface TimedPacket extends PartPacket {
  readonly dts: bigint
}

/** All parts' packets with decoding times that rise through the whole film. */
function* timedPackets(parts: readonly PartReader[], delay: number, step: bigint): Generator<TimedPacket> {
  const clock = decodeClock(delay, step)
  const told = (part: PartReader | undefined): void => {
    const times = [...(part?.packets(false) ?? [])].map(({ pts }) => pts)
    for (const pts of times.toSorted((a, b) => (a < b ? -1 : 1))) clock.shown(pts)
  }
  for (const part of parts) {
    told(part)
    for (const packet of part.packets()) {
      const dts = clock.next()
      if (dts > packet.pts) throw new CopyDoubt()
      yield { ...packet, dts }
    }
  }
}

function writePicture(writer: FilmWriter, { pts, dts, duration, isKey, data }: TimedPacket): void {
  using packet = new Packet()
  packet.alloc()
  packet.data = data
  packet.pts = pts
  packet.dts = dts
  packet.duration = duration
  if (isKey) packet.setFlags(AV_PKT_FLAG_KEY)
  writer.writePicture(packet)
}
