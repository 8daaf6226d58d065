// Keeps the packets of a group of pictures as they came, until it is known whether they are taken over or encoded anew.
import { AV_NOPTS_VALUE, AV_PKT_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD } from 'node-av/constants'
import { Packet } from 'node-av/lib'
import { check } from './media-error.ts'
import { reordering } from './pure/decode-clock.ts'
import {
  isBaggage,
  isParameterSet,
  isRefresh,
  joinUnits,
  type StreamHeaders,
  splitUnits,
} from './pure/h264-units.ts'

/** A picture that was told, in ticks of the film's time base. */
export interface ShownPicture {
  readonly pts: bigint
  readonly duration: bigint
}

/** From one refresh to the next; nothing in it leans on anything outside. */
export interface CodedGroup {
  readonly startPts: bigint
  readonly packets: Packet[]
  bytes: number
  /** False once something in it cannot be taken over. */
  sound: boolean
  /** Pictures told so far of which none shows anything to hide, in the order shown. */
  readonly shown: ShownPicture[]
}

/** A group held in memory is never larger or longer; a larger one is encoded anew. */
const MOST_BYTES = 48 * 1024 * 1024
const MOST_PICTURES = 600
/** A new group begins at a refresh only after so many pictures: every seam costs a key frame. */
const LEAST_PICTURES = 12

/** True where the packet begins a new group after `last`. */
export function beginsGroup(packet: Packet, last: CodedGroup | undefined, headers: StreamHeaders): boolean {
  if (last && last.packets.length < LEAST_PICTURES) return false
  const units = packet.isKeyframe && packet.data ? splitUnits(packet.data, headers.framing) : undefined
  return units !== undefined && isRefresh(units) && packet.pts !== AV_NOPTS_VALUE
}

/** A group that begins with `packet`; not sound where that is no refresh. */
export const newGroup = (packet: Packet, sound: boolean): CodedGroup => ({
  startPts: packet.pts,
  packets: [],
  bytes: 0,
  sound,
  shown: [],
})

export function addPacket(group: CodedGroup, packet: Packet): void {
  const kept = new Packet()
  kept.alloc()
  check(kept.ref(packet), 'WORKER_MEMORY', 'keeping a packet')
  group.packets.push(kept)
  group.bytes += packet.size
  const isStrange =
    packet.pts === AV_NOPTS_VALUE ||
    packet.pts < group.startPts ||
    packet.hasFlags(AV_PKT_FLAG_DISCARD) ||
    packet.hasFlags(AV_PKT_FLAG_CORRUPT)
  if (isStrange || group.bytes > MOST_BYTES || group.packets.length > MOST_PICTURES) group.sound = false
}

export function freeGroup(group: CodedGroup): void {
  for (const packet of group.packets.splice(0)) packet.free()
}

/**
 * The payloads to write for a whole group, in the order decoded: every unit of the pictures as it is, behind start
 * codes, without user data. Undefined where the group cannot be taken over: other parameter sets than the film's,
 * pictures that were not told, or more reordering than the film was announced with.
 */
export function copiedPayloads(
  group: CodedGroup,
  headers: StreamHeaders,
  film: { readonly delay: number; readonly repeatsHeaders: boolean },
): readonly Uint8Array[] | undefined {
  if (!group.sound || !isWhole(group) || reordering(group.packets.map(({ pts }) => pts)) > film.delay)
    return undefined
  const known = [...headers.sequenceSets, ...headers.pictureSets]
  const payloads: Uint8Array[] = []
  for (const [place, { data }] of group.packets.entries()) {
    const units = data ? splitUnits(data, headers.framing) : undefined
    if (!units) return undefined
    const sets = units.filter(isParameterSet)
    if (!sets.every((set) => known.some((one) => Buffer.compare(one, set) === 0))) return undefined
    const pictures = units.filter((unit) => !isParameterSet(unit) && !isBaggage(unit))
    payloads.push(joinUnits(place === 0 && film.repeatsHeaders ? [...known, ...pictures] : pictures))
  }
  return payloads
}

/** Exactly the pictures that were told are those of the packets. */
function isWhole({ packets, shown }: CodedGroup): boolean {
  const told = new Set(shown.map(({ pts }) => pts))
  return packets.length === told.size && packets.every(({ pts }) => told.has(pts))
}
