// Does something again and again while a longer work goes on; a store that is away is asked the next time.
import { failureKind } from '#runtime/failure.ts'
import { pause } from '#runtime/pause.ts'

/** Ends when `done` aborts. @throws what is not transient */
export async function every(ms: number, done: AbortSignal, what: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(ms, done)
    if (done.aborted) return
    try {
      await what()
    } catch (error) {
      if (failureKind(error).kind !== 'transient') throw error
    }
  }
}
