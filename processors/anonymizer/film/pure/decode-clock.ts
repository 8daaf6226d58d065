// Gives packets of mixed origin decoding times that rise steadily and never lie after the time they are shown.

export interface DecodeClock {
  /** A picture is shown at `pts`; told in the order shown, before any packet that needs it. */
  shown(pts: bigint): void
  /** The decoding time of the next packet, in the order decoded. */
  next(): bigint
}

/**
 * The n-th packet is decoded when the picture `delay` places before the n-th shown one is shown, which holds for every
 * stream that reorders by at most `delay` pictures. `step` is the distance of the first ones, in ticks.
 */
export function decodeClock(delay: number, step: bigint): DecodeClock {
  const times: bigint[] = []
  let first: bigint | null = null
  let packets = 0
  return {
    shown(pts) {
      first ??= pts
      times.push(pts)
    },
    next() {
      const ahead = delay - packets++
      const time = ahead > 0 ? (first ?? 0n) - BigInt(ahead) * step : times.shift()
      if (time === undefined) throw new RangeError('a packet is decoded before its picture is told')
      return time
    },
  }
}

/** By how many places pictures move between the order decoded, as given, and the order shown. */
export function reordering(pts: readonly bigint[]): number {
  const rank = new Map(pts.toSorted((a, b) => (a < b ? -1 : 1)).map((time, place) => [time, place]))
  return Math.max(0, ...pts.map((time, place) => place - (rank.get(time) ?? 0)))
}
