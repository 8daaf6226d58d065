// Shares a few things among many who ask: each thing to one at a time, first come first served.

export class Turns<T> {
  readonly #free: T[]
  readonly #all: number
  readonly #waiting: ((item: T) => void)[] = []
  #onAllBack: (() => void) | undefined

  constructor(items: readonly T[]) {
    this.#free = [...items]
    this.#all = items.length
  }

  /** The next free thing; waits for one. @throws the reason of the signal */
  async take(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const free = this.#free.shift()
    if (free !== undefined) return free
    const turn = Promise.withResolvers<T>()
    this.#waiting.push(turn.resolve)
    const onAbort = (): void => {
      const place = this.#waiting.indexOf(turn.resolve)
      if (place >= 0) this.#waiting.splice(place, 1)
      turn.reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
    try {
      return await turn.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  giveBack(item: T): void {
    const next = this.#waiting.shift()
    if (next !== undefined) {
      next(item)
      return
    }
    this.#free.push(item)
    if (this.#free.length === this.#all) this.#onAllBack?.()
  }

  /** Waits until nothing is handed out any more. */
  async allBack(): Promise<void> {
    if (this.#free.length === this.#all) return
    await new Promise<void>((resolve) => {
      this.#onAllBack = resolve
    })
  }
}
