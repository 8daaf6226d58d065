// Waits for a store only so long, where the answer streams and nobody else holds it to a time.
import { TransientFailure } from '#runtime/failure.ts'

export const noAnswerInTime = (): TransientFailure =>
  new TransientFailure('NO_ANSWER_IN_TIME', 'A store did not answer in time; try again later')

/** @throws {TransientFailure} NO_ANSWER_IN_TIME after `limitMs`; the work itself goes on unheard. */
export async function inTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(noAnswerInTime()), limitMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
