// Answers reads that take too long, with one timer for all of them: a timer for each would cost more than the read.
import type { FastifyReply } from 'fastify'
import { noAnswerInTime } from '../in-time.ts'

/** An answer may come so much later than its limit. */
const TICK_MS = 100

interface Waiting {
  readonly reply: FastifyReply
  readonly dueMs: number
}

/** The answers of one operation that are being made; all have the same limit, so they are due in their order. */
export class Deadlines {
  readonly #limitMs: number
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** Lets `work` answer, or answers NO_ANSWER_IN_TIME when it has not in time; it goes on unheard then. */
  async within(reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
    const waiting = { reply, dueMs: performance.now() + this.#limitMs }
    this.#waiting.add(waiting)
    // It runs on over the next answers, and stops when there was none to wait for.
    this.#timer ??= setInterval(() => this.#look(), TICK_MS).unref()
    try {
      return await work()
    } finally {
      this.#waiting.delete(waiting)
    }
  }

  #look(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    const now = performance.now()
    for (const waiting of this.#waiting) {
      if (waiting.dueMs > now) return
      this.#waiting.delete(waiting)
      if (!waiting.reply.sent) waiting.reply.send(noAnswerInTime())
    }
  }
}
