// Shares the partitions of a group's topics among its members, each keeping what it has up to an even share.
import { assignPartitions } from '../../bus/pure/assign-partitions.ts'

/** Partitions by topic. */
export type Partitions = Readonly<Record<string, readonly number[]>>

export interface MemberClaim {
  readonly memberId: string
  readonly topics: readonly string[]
  /** What the member owned in the generation before; empty for a new one. */
  readonly owned: Partitions
  /** Those of them with records in work: moving one interrupts somebody's film. */
  readonly busy?: Partitions
}

function ownersOf(topic: string, partitions: readonly number[], members: readonly MemberClaim[]) {
  const owners = new Map<number, string>()
  for (const { memberId, owned } of members)
    for (const partition of owned[topic] ?? []) if (!owners.has(partition)) owners.set(partition, memberId)
  return partitions.map((partition) => owners.get(partition))
}

/** Whoever has to give some away keeps the first ones: so those in work come first. */
function inWorkFirst(topic: string, partitions: readonly number[], members: readonly MemberClaim[]) {
  const busy = new Set(members.flatMap((member) => member.busy?.[topic] ?? []))
  return partitions.toSorted((a, b) => Number(busy.has(b)) - Number(busy.has(a)) || a - b)
}

/** Each member's partitions. `partitionsOf` names all that there are. */
export function shareTopics(
  partitionsOf: Partitions,
  members: readonly MemberClaim[],
): Map<string, Partitions> {
  const shared = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]))
  // The order must not depend on who asks first, or the larger shares would wander.
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  for (const [topic, all] of Object.entries(partitionsOf)) {
    const subscribed = sorted.filter(({ topics }) => topics.includes(topic))
    const partitions = inWorkFirst(topic, all, subscribed)
    const names = subscribed.map(({ memberId }) => memberId)
    const next = assignPartitions(ownersOf(topic, partitions, subscribed), names)
    for (const [index, owner] of next.entries()) {
      const partition = partitions[index]
      const mine = owner === undefined ? undefined : shared.get(owner)
      if (mine !== undefined && partition !== undefined) mine[topic] = [...(mine[topic] ?? []), partition]
    }
  }
  return shared
}
