// Random choices that a printed seed brings back.

export interface SeededRandom {
  readonly seed: number
  /** 0 <= n < 1 */
  next(): number
  /** A whole number, both ends included. */
  between(low: number, high: number): number
  /** @throws for an empty list */
  pick<T>(from: readonly T[]): T
  /** Another stream that follows from this one's seed and the name. */
  branch(name: string): SeededRandom
}

/** FNV-1a, 32 bits. */
function hashed(seed: number, name: string): number {
  let hash = 2_166_136_261 ^ seed
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619)
  return hash >>> 0
}

/** Mulberry32: a state of 32 bits, enough to spread faults. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    seed,
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick(from) {
      const picked = from[Math.floor(next() * from.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    branch: (name) => seededRandom(hashed(seed, name)),
  }
}
