// Judges whether what is left of hidden objects gives them away, against what chance would give.

/** Part of the pairs of one person above the similarity that `falseAccept` of the pairs of strangers reach. */
export function trueAcceptRate(
  same: readonly number[],
  strangers: readonly number[],
  falseAccept: number,
): { readonly rate: number; readonly threshold: number } {
  const sorted = strangers.toSorted((a, b) => b - a)
  const threshold = sorted[Math.floor(sorted.length * falseAccept)] ?? Number.POSITIVE_INFINITY
  return { rate: same.filter((value) => value > threshold).length / Math.max(1, same.length), threshold }
}

/** Longest common subsequence: characters of `a` that `b` has in the same order. */
export function sharedCharacters(a: string, b: string): number {
  let row = new Array<number>(b.length + 1).fill(0)
  for (const character of a) {
    const next = [0]
    for (let j = 0; j < b.length; j++)
      next.push(b[j] === character ? (row[j] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0))
    row = next
  }
  return row[b.length] ?? 0
}

/** A plate counts as read when half of its characters, and three at least, come out in their order. */
export const isReadAgain = (original: string, hidden: string): boolean =>
  sharedCharacters(original, hidden) >= Math.max(3, original.length / 2)

/** 95 % interval of a part of `count` of which `hits` were seen (Wilson, 1927). */
export function wilsonInterval(hits: number, count: number): readonly [number, number] {
  if (count === 0) return [0, 1]
  const z = 1.96
  const part = hits / count
  const middle = part + (z * z) / (2 * count)
  const half = z * Math.sqrt((part * (1 - part)) / count + (z * z) / (4 * count * count))
  const size = 1 + (z * z) / count
  return [Math.max(0, (middle - half) / size), Math.min(1, (middle + half) / size)]
}
