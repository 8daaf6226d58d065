// Waits for a store only so long, where the server's own limit cannot be used because the answer streams.
import { TransientFailure } from '#runtime/failure.ts'

/** @throws {TransientFailure} NO_ANSWER_IN_TIME after `limitMs`; the work itself goes on unheard. */
export async function inTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const failure = new TransientFailure('NO_ANSWER_IN_TIME', 'A store did not answer in time; try again later')
  const timer = setTimeout(reject, limitMs, failure)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
