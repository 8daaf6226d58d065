// What a pump holds of one partition: the records in flight, the signal that stops them, and one commit at a time.
import { OffsetLedger } from './pure/offset-ledger.ts'

export interface Committer {
  commit(work: PartitionWork, nextOffset: bigint): Promise<void>
  failed(error: unknown, tries: number): Promise<'again' | 'give up'>
}

export class PartitionWork {
  readonly topic: string
  readonly partition: number
  readonly ledger = new OffsetLedger()
  readonly abort = new AbortController()
  #committed = -1n
  #committing: Promise<void> | undefined
  #revoked = false

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** The partition went to another member: its records are that one's now, nothing more is committed from here. */
  revoke(): void {
    this.#revoked = true
    this.abort.abort(new Error('the partition went to another member'))
  }

  /** Commits as far as the ledger allows; calls during a commit are served by it. Never rejects. */
  commit(by: Committer): Promise<void> {
    this.#committing ??= this.#commitAll(by)
    return this.#committing
  }

  async #commitAll(by: Committer): Promise<void> {
    // The caller has the promise before it can be over.
    await Promise.resolve()
    try {
      for (let tries = 1; !this.#revoked; ) {
        const next = this.ledger.committable
        if (next === undefined || next <= this.#committed) return
        try {
          await by.commit(this, next)
          this.#committed = next
          tries = 1
        } catch (error) {
          if ((await by.failed(error, tries)) === 'give up') return
          tries += 1
        }
      }
    } finally {
      // In the same turn in which nothing more was found: a call after it begins anew.
      this.#committing = undefined
    }
  }
}
