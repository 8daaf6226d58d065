// Tells whoever owns a shared film how far one of its parts is, now and then and never at the cost of the part.
import { failureKind } from '#runtime/failure.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import { type PartProgress, partProgressKey } from '#schemas/state-keys.ts'
import type { WorkerProgress } from '../worker/protocol.ts'
import type { TaskPorts } from './task-ports.ts'

export interface PartProgressReport extends AsyncDisposable {
  heard(progress: WorkerProgress): void
}

/** What is told is forgotten after so many pauses without news. */
const KEPT_PAUSES = 30

/** A store that is away loses progress. Disposing waits for what is on its way. @throws a mistake of ours */
export function tellPartProgress(
  ports: Pick<TaskPorts, 'store' | 'clock' | 'timing'>,
  partId: string,
  fence: Fence,
): PartProgressReport {
  const { progressMs } = ports.timing
  let lastAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | undefined
  let bug: unknown
  const write = async (told: PartProgress): Promise<void> => {
    const expiresAtMs = ports.clock.now() + KEPT_PAUSES * progressMs
    const put = { key: partProgressKey(partId), value: JSON.stringify(told), expiresAtMs }
    try {
      await ports.store.commit({ fence, puts: [put] })
    } catch (error) {
      if (failureKind(error).kind !== 'transient') bug ??= error
    } finally {
      underWay = undefined
    }
  }
  return {
    heard: ({ progress, framesPerSecond }) => {
      const now = performance.now()
      if (underWay || now - lastAt < progressMs) return
      lastAt = now
      underWay = write({ progress, frames_per_second: framesPerSecond })
    },
    [Symbol.asyncDispose]: async () => {
      await underWay
      if (bug !== undefined) throw bug
    },
  }
}
