// Commits what a member has finished: one request at a time for all partitions, and no more of them than are of use.
import { Gathered } from '../gathered.ts'

export interface FinishedUpTo {
  readonly topic: string
  readonly partition: number
  /** All records of the partition below it are finished. */
  readonly nextOffset: bigint
}
export type GroupCommits = Gathered<FinishedUpTo>

/**
 * Between two requests. What is finished meanwhile comes again when the member dies; whoever handles records bears that,
 * and a request for each record would cost as much as the record.
 */
const GAP_MS = 50
const LIMIT = 10_000

/** `send` commits several partitions by one request; each partition is in it once, with its last offset. */
export const groupCommits = (send: (all: readonly FinishedUpTo[]) => Promise<void>): GroupCommits =>
  new Gathered((all) => send(furthest(all)), { limit: LIMIT, gapMs: GAP_MS })

function furthest(all: readonly FinishedUpTo[]): FinishedUpTo[] {
  const found = new Map<string, FinishedUpTo>()
  for (const one of all) {
    const place = `${one.topic}/${one.partition}`
    const known = found.get(place)
    if (known === undefined || known.nextOffset < one.nextOffset) found.set(place, one)
  }
  return [...found.values()]
}
