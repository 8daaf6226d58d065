// Tells when the store knows less than the facts on the bus: then it has lost something, for facts come out of it.
import { PermanentFailure, TransientFailure } from '../failure.ts'
import type { OnFirmGround } from './facts-on-bus.ts'
import type { StateStore } from './state-store.ts'
import type { StoreBuilds } from './store-builds.ts'

/** A fact on the bus says something that the store does not know. Waited out like a store that is away. */
export class StoreBehind extends TransientFailure {
  constructor(detail: string) {
    super('STORE_UNAVAILABLE', detail)
  }
}

/**
 * A relay that was held up may bring a fact of a lost store to the bus after the new one was built without it. Whoever
 * meets such a fact has the store built once more, from all facts. One that no rebuild explains is nobody's of ours:
 * a permanent failure, JOB_UNKNOWN, instead of waiting for ever.
 */
export function rebuiltWhenBehind(
  firm: OnFirmGround,
  store: Pick<StateStore, 'generation'>,
  builds: Pick<StoreBuilds, 'distrust'>,
): OnFirmGround {
  /** By key: the store that was found behind. */
  const doubted = new Map<string, string>()
  return async (key, signal, work) => {
    try {
      await firm(key, signal, work)
      doubted.delete(key)
    } catch (error) {
      if (!(error instanceof StoreBehind)) throw error
      const generation = await store.generation()
      const before = doubted.get(key)
      if (before !== undefined && before !== generation) {
        doubted.delete(key)
        throw new PermanentFailure('JOB_UNKNOWN', 'No fact tells of what this record is about.', {
          cause: error,
        })
      }
      doubted.set(key, generation)
      await builds.distrust('decisions', generation)
      throw error
    }
  }
}
