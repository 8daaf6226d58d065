// Lets work end quietly whose objects vanish under its hands because the job was deleted meanwhile.
import { failureKind } from '#runtime/failure.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import { CalledOff } from './hold-lease.ts'
import { readJob } from './read-job.ts'

/** @throws what `work` throws, unless nobody wants the job any more */
export async function unlessUnwanted(
  store: StateStore,
  jobId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CalledOff) return
    const failure = failureKind(error)
    const missing = failure.kind === 'permanent' && failure.code === 'OBJECT_MISSING'
    if (!missing || (await readJob(store, jobId)).decision?.state === 'open') throw error
  }
}
