// Reads through a film's packets without decoding any: where its key frames are, where it ends, and whether its clock is sound.
import { AV_NOPTS_VALUE } from 'node-av/constants'
import { openFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import type { KeyFrame } from './pure/part-plan.ts'
import { newTally, type ReadTally, readPackets } from './read-film.ts'

export interface FilmScan {
  readonly keys: readonly KeyFrame[]
  /** When the last picture ends, in ticks. */
  readonly end: bigint
  /** Every picture has a time, and none that another one has. */
  readonly soundClock: boolean
  /** Packets, damage and end of all tracks; no pictures, as none is decoded. */
  readonly tally: ReadTally
}

/** Two pictures of one time lie no further apart than this in the order decoded. */
const REMEMBERED_TIMES = 64

/** @throws {PermanentFailure} MEDIA_* */
export function scanFilm(path: string, rules: ContainerRules): FilmScan {
  using film = openFilm(path, rules)
  const tally = newTally()
  const keys: KeyFrame[] = []
  const recent: bigint[] = []
  let soundClock = true
  let end = 0n
  for (const packet of readPackets(film, tally, { audio: true, joinClock: rules.container === 'mpegts' })) {
    if (packet.streamIndex !== film.video.index || packet.size === 0) continue
    const { pts, dts } = packet
    if (pts === AV_NOPTS_VALUE || recent.includes(pts)) soundClock = false
    recent.push(pts)
    if (recent.length > REMEMBERED_TIMES) recent.shift()
    if (pts !== AV_NOPTS_VALUE && pts + packet.duration > end) end = pts + packet.duration
    const seek =
      rules.container === 'matroska' || rules.container === 'webm' || dts === AV_NOPTS_VALUE ? pts : dts
    if (packet.isKeyframe) keys.push({ pts, seek })
  }
  return { keys, end, soundClock, tally }
}
