// Wakes one waiting loop of the same process at once, so that it need not poll hot; a wake before the wait is kept.

/** One loop waits, anybody wakes. Several wakes before a wait count as one. */
export class Wakeup {
  #woken = false
  #release: (() => void) | undefined

  wake(): void {
    this.#woken = true
    this.#release?.()
  }

  /** Resolves when woken, after `waitMs`, or when the signal aborts: whichever is first. Never rejects. */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted && waitMs > 0) {
      await new Promise<void>((resolve) => {
        const release = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', release)
          resolve()
        }
        const timer = setTimeout(release, waitMs)
        this.#release = release
        signal.addEventListener('abort', release, { once: true })
      })
      this.#release = undefined
    }
    this.#woken = false
  }
}
