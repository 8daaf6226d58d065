// Shares the partitions of a topic among the members of a group, moving as few as possible.

/**
 * The new owner of each partition. Owners that are still members keep what they have, up to an even share;
 * with no members nobody owns anything.
 */
export function assignPartitions<M>(
  current: readonly (M | undefined)[],
  members: readonly M[],
): readonly (M | undefined)[] {
  if (members.length === 0) return current.map(() => undefined)
  const share = Math.floor(current.length / members.length)
  // The first ones of this many members may own one more than the share.
  let larger = current.length % members.length
  const owned = new Map<M, number>(members.map((member) => [member, 0]))
  const next = current.map((owner) => {
    const count = owner === undefined ? undefined : owned.get(owner)
    if (owner === undefined || count === undefined) return undefined
    if (count >= share + (larger > 0 ? 1 : 0)) return undefined
    if (count === share) larger -= 1
    owned.set(owner, count + 1)
    return owner
  })
  return next.map((owner) => {
    if (owner !== undefined) return owner
    let least: M | undefined
    for (const [member, count] of owned)
      if (least === undefined || count < (owned.get(least) ?? 0)) least = member
    if (least !== undefined) owned.set(least, (owned.get(least) ?? 0) + 1)
    return least
  })
}
