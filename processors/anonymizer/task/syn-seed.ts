// Keeps one secret for each job with synthetic faces: made by whichever task asks first, forgotten with the job.
import { TransientFailure } from '#runtime/failure.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import { decisionKey, synSeedKey } from '#schemas/state-keys.ts'

/**
 * The job's secret, the same for every task and every attempt. `fresh` gives a new one, 64 hexadecimal digits. None is
 * made for a job whose decision changes meanwhile: it may have been deleted.
 * @throws {TransientFailure} STORE_UNAVAILABLE
 */
export async function jobSynSeed(store: StateStore, jobId: string, fresh: () => string): Promise<string> {
  const [known, decision] = await store.getMany([synSeedKey(jobId), decisionKey(jobId)])
  if (known) return known.value
  const value = fresh()
  const made = await store.commit({
    checks: [
      { key: synSeedKey(jobId), version: 0 },
      { key: decisionKey(jobId), version: decision?.version ?? 0 },
    ],
    puts: [{ key: synSeedKey(jobId), value }],
  })
  if (made.verdict === 'done') return value
  const other = await store.get(synSeedKey(jobId))
  if (other) return other.value
  throw new TransientFailure('STORE_UNAVAILABLE', 'The job changed while its secret was made.')
}
