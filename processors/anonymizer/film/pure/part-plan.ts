// Cuts a long film at key frames into parts that can be worked on one by one, each with a margin around it for the tracks.

/** A picture from which the film can be decoded. Times in ticks of the film's time base. */
export interface KeyFrame {
  readonly pts: bigint
  /** What to seek to, as the container counts. */
  readonly seek: bigint
}

export interface FilmPart {
  readonly index: number
  /** Where decoding starts; null: at the film's start. */
  readonly enter: KeyFrame | null
  /** Pictures from here on are looked at; earlier ones are only decoded. Null: from the first. */
  readonly lookFrom: bigint | null
  /** Pictures from `from` and before `to` are this part's own: they are written. Null: from the first, to the last. */
  readonly from: bigint | null
  readonly to: bigint | null
  /** Pictures from here on are not read; null: all are. */
  readonly readTo: bigint | null
}

export interface PartRules {
  /** A part is at least so long. */
  readonly partSeconds: number
  /** So much is looked at before and after a part, for tracks that reach over the seam. */
  readonly marginSeconds: number
}

export interface FilmSpan {
  /** In the order of the file. */
  readonly keys: readonly KeyFrame[]
  /** When the last picture ends, in ticks. */
  readonly end: bigint
  /** Seconds of a tick. */
  readonly tick: number
}

/** The last part is at least this part of a part long. */
const LEAST_LAST = 0.5

/** One part where the film is too short, or has no key frames to cut at. Parts follow each other without gaps. */
export function planParts({ keys, end, tick }: FilmSpan, rules: PartRules): readonly FilmPart[] {
  const least = BigInt(Math.ceil(rules.partSeconds / tick))
  const leastLast = BigInt(Math.ceil((LEAST_LAST * rules.partSeconds) / tick))
  const margin = BigInt(Math.ceil(rules.marginSeconds / tick))
  const cuts: bigint[] = []
  let last = keys[0]?.pts
  for (const { pts } of keys.slice(1)) {
    if (last === undefined || pts - last < least || end - pts < leastLast) continue
    cuts.push(pts)
    last = pts
  }
  return [null, ...cuts].map((from, index) => {
    const to = cuts[index] ?? null
    const lookFrom = from === null ? null : from - margin
    return {
      index,
      enter: lookFrom === null ? null : entryBefore(keys, lookFrom),
      ...{ lookFrom, from, to },
      readTo: to === null ? null : to + margin,
    }
  })
}

/** The first key frame is the film's start, which needs no seeking. */
function entryBefore(keys: readonly KeyFrame[], pts: bigint): KeyFrame | null {
  const place = keys.findLastIndex((key) => key.pts <= pts)
  return place <= 0 ? null : (keys[place] ?? null)
}
