// One partition as its owner reads it: what was fetched and not yet handed out, each record once and in order.

/** What is known here of a record. */
interface Fetched {
  readonly offset: bigint
  readonly value: Uint8Array
}

/** More than this many waiting records and the partition is not fetched on; with half as many it is again. */
const FULL = 400
const FULL_BYTES = 2 * 1024 * 1024

export class OwnedPartition<R extends Fetched> {
  readonly topic: string
  readonly partition: number
  readonly #waiting: R[] = []
  #bytes = 0
  #next: bigint | undefined
  #taken: bigint | undefined
  /** The offset up to which the group has committed here. */
  committed: bigint | undefined
  /** Not fetched at the moment. */
  paused = false
  /** Was sent back once to where the group had committed. */
  wasSought = false

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** The offset after the last record that came; undefined before the first. */
  get next(): bigint | undefined {
    return this.#next
  }

  /** Whether somebody works on a record that was handed out and is not committed. */
  get isBusy(): boolean {
    return this.#taken !== undefined && (this.committed === undefined || this.committed <= this.#taken)
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get isFull(): boolean {
    return this.#waiting.length >= FULL || this.#bytes >= FULL_BYTES
  }

  get hasRoom(): boolean {
    return this.#waiting.length <= FULL / 2 && this.#bytes <= FULL_BYTES / 2
  }

  /** Takes in what was fetched. Records that came before (a rebalance fetches from the commit on) are left out. */
  add(records: readonly R[]): void {
    for (const record of records) {
      if (this.#next !== undefined && record.offset < this.#next) continue
      this.#next = record.offset + 1n
      this.#bytes += record.value.length
      this.#waiting.push(record)
    }
  }

  /** Hands out the oldest, at most `limit`. */
  take(limit: number): R[] {
    const taken = this.#waiting.splice(0, limit)
    for (const { value } of taken) this.#bytes -= value.length
    this.#taken = taken.at(-1)?.offset ?? this.#taken
    return taken
  }
}

/** An even share of the limit for each partition that has something, the rest to whoever has more; `turn` says who is first. */
export function takeEvenly<R extends Fetched>(
  partitions: readonly OwnedPartition<R>[],
  limit: number,
  turn: number,
): R[] {
  const ready = partitions.filter(({ waiting }) => waiting > 0)
  if (ready.length === 0) return []
  const first = turn % ready.length
  const inTurn = [...ready.slice(first), ...ready.slice(0, first)]
  const evenShare = Math.max(1, Math.floor(limit / ready.length))
  const taken: R[] = []
  for (const most of [evenShare, limit])
    for (const partition of inTurn)
      if (taken.length < limit) taken.push(...partition.take(Math.min(most, limit - taken.length)))
  return taken
}
