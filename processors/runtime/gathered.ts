// Does works of one kind together: one call at a time, each for everything that came during the one before.
import { setTimeout as sleep } from 'node:timers/promises'

interface Waiting<T> {
  readonly item: T
  readonly settle: { resolve: () => void; reject: (error: unknown) => void }
}

export class Gathered<T> {
  readonly #run: (items: readonly T[]) => Promise<void>
  readonly #limit: number
  readonly #gapMs: number
  #waiting: Waiting<T>[] = []
  #working: Promise<void> | undefined

  /** `run` gets at most `limit` items, in their order; at least `gapMs` lie between two calls. */
  constructor(
    run: (items: readonly T[]) => Promise<void>,
    { limit, gapMs = 0 }: { readonly limit: number; readonly gapMs?: number },
  ) {
    this.#run = run
    this.#limit = limit
    this.#gapMs = gapMs
  }

  /** Resolves when the call that the item was in has; rejects with what that call rejects with. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, settle: { resolve, reject } })
      this.#working ??= this.#work()
    })
  }

  async #work(): Promise<void> {
    // What comes in the same turn goes together, the first included.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0, this.#limit)
      try {
        await this.#run(taken.map(({ item }) => item))
        for (const { settle } of taken) settle.resolve()
      } catch (error) {
        for (const { settle } of taken) settle.reject(error)
      }
      if (this.#gapMs > 0) await sleep(this.#gapMs, undefined, { ref: false })
    }
    // In the same turn in which nothing was found to wait: what comes next starts anew.
    this.#working = undefined
  }
}
