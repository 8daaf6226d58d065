// Finds out whether members of an archive share bytes, which is how a small file pretends to hold many large ones.
// D. Fifield, "A better zip bomb", WOOT 2019.

/** Bytes of a file, `end` exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** True when any two ranges share a byte. */
export function overlap(ranges: readonly ByteRange[]): boolean {
  const sorted = [...ranges].sort((a, b) => a.start - b.start)
  return sorted.some((range, i) => {
    const next = sorted[i + 1]
    return next !== undefined && next.start < range.end
  })
}
