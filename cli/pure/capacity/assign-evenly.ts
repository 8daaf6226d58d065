// Shares partitions among pods as the group does: evenly, and a partition moves only where it has to.

/** The pod of each partition, from 0. */
export type Assignment = readonly number[]

/** `before`: empty at the start. Pods beyond the number of partitions get none. */
export function assignEvenly(before: Assignment, partitions: number, pods: number): Assignment {
  const held = Array.from({ length: pods }, () => 0)
  const most = Math.ceil(partitions / pods)
  const least = Math.floor(partitions / pods)
  let mayHaveMost = partitions - least * pods
  const next: (number | undefined)[] = Array.from({ length: partitions }, () => undefined)
  for (let partition = 0; partition < partitions; partition++) {
    const pod = before[partition]
    const has = pod === undefined ? most : (held[pod] ?? most)
    if (pod === undefined || pod >= pods) continue
    if (has < least || (has < most && mayHaveMost > 0)) {
      if (has >= least) mayHaveMost -= 1
      next[partition] = pod
      held[pod] = has + 1
    }
  }
  return next.map((pod) => {
    if (pod !== undefined) return pod
    const least = held.indexOf(Math.min(...held))
    held[least] = (held[least] ?? 0) + 1
    return least
  })
}

/** Partitions that had another pod before. */
export const moved = (before: Assignment, after: Assignment): ReadonlySet<number> =>
  new Set(after.flatMap((pod, partition) => (before[partition] === pod ? [] : partition)))
