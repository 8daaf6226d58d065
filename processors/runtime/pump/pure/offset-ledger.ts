// Remembers which records of one partition are in flight and how far may be committed: up to the lowest unfinished one.

interface Taken {
  readonly offset: bigint
  finished: boolean
}

/** Offsets are taken in growing order, may have gaps, and finish in any order. */
export class OffsetLedger {
  readonly #taken: Taken[] = []
  readonly #byOffset = new Map<bigint, Taken>()
  #last: bigint | undefined
  #committable: bigint | undefined

  /** Whether the offset lies above all earlier ones; if not, the bus began the partition anew. */
  continues(offset: bigint): boolean {
    return this.#last === undefined || offset > this.#last
  }

  /** @throws {RangeError} when the offset does not continue the earlier ones. */
  take(offset: bigint): void {
    if (!this.continues(offset)) throw new RangeError(`offset ${offset} came after ${this.#last}`)
    this.#last = offset
    const entry = { offset, finished: false }
    this.#taken.push(entry)
    this.#byOffset.set(offset, entry)
  }

  /** Finishing what was never taken, or twice, changes nothing. */
  finish(offset: bigint): void {
    const entry = this.#byOffset.get(offset)
    if (entry === undefined) return
    entry.finished = true
    while (this.#taken[0]?.finished) {
      const first = this.#taken.shift()
      if (first === undefined) break
      this.#byOffset.delete(first.offset)
      this.#committable = first.offset + 1n
    }
  }

  /** The next offset that may be committed: all taken ones below it are finished. Undefined before the first. */
  get committable(): bigint | undefined {
    return this.#committable
  }

  get unfinished(): number {
    let count = 0
    for (const { finished } of this.#taken) if (!finished) count += 1
    return count
  }
}
