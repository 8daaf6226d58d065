// Lets members of a group keep their partitions over a rebalance, so that a newcomer interrupts as little work as possible.
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import { type MemberClaim, type Partitions, shareTopics } from './pure/share-topics.ts'

/** What a member says of itself; the broker carries it to the leader unread. */
interface Claim {
  readonly memberId: string
  readonly owned: Partitions
  /** Of these, those with records in work; the first versions said nothing of them. */
  readonly busy?: Partitions
}

function claimOf(memberId: string, metadata: Buffer): MemberClaim {
  const decoded = AssignerProtocol.MemberMetadata.decode(metadata)
  const topics = decoded?.topics ?? []
  try {
    const claim = JSON.parse(decoded?.userData.toString() ?? '') as Claim
    // Whoever lost its membership has lost its partitions, whatever it still believes.
    if (claim.memberId !== memberId) return { memberId, topics, owned: {} }
    return { memberId, topics, owned: claim.owned, busy: claim.busy ?? {} }
  } catch {
    return { memberId, topics, owned: {} } // another version of this program, or none of ours
  }
}

/** `claim` is what this member owns now. The protocol's name carries its version. */
export const stickyAssigner =
  (claim: () => Claim): PartitionAssigner =>
  ({ cluster }) => ({
    name: 'syntonym-sticky-1',
    version: 1,
    async assign({ members, topics }) {
      const partitionsOf = Object.fromEntries(
        topics.map((topic) => [
          topic,
          cluster
            .findTopicPartitionMetadata(topic)
            .map(({ partitionId }) => partitionId)
            .toSorted((a, b) => a - b),
        ]),
      )
      const claims = members.map(({ memberId, memberMetadata }) => claimOf(memberId, memberMetadata))
      return [...shareTopics(partitionsOf, claims)].map(([memberId, shared]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 1,
          assignment: Object.fromEntries(Object.entries(shared).map(([topic, own]) => [topic, [...own]])),
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol: ({ topics }) => ({
      name: 'syntonym-sticky-1',
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: 1,
        topics,
        userData: Buffer.from(JSON.stringify(claim())),
      }),
    }),
  })
