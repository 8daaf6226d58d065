// Runs works of the same key one after another and works of different keys side by side.

export class Lanes {
  readonly #tails = new Map<string, Promise<void>>()

  /** Starts when all earlier works of the key have ended, however they ended. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(key)
    const mine = before === undefined ? work() : before.then(work, work)
    this.#tails.set(key, mine)
    const leave = () => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key)
    }
    mine.then(leave, leave)
    return mine
  }
}
