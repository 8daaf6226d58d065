// Tells how far a task is: only forwards, at most once in a while, and never at the cost of the task.
import { failureKind } from '#runtime/failure.ts'
import { type Attempt, type Progress, progressedFact } from '../pure/settle-events.ts'
import type { TaskPorts } from './task-ports.ts'

export interface ProgressReport extends AsyncDisposable {
  heard(progress: Progress): void
}

type ProgressPorts = Pick<TaskPorts, 'bus' | 'encode' | 'clock' | 'timing'>

/** A bus that is away loses progress, which `onDropped` counts. Disposing waits for the fact on its way. */
export function reportProgress(
  ports: ProgressPorts,
  attempt: Attempt,
  onDropped: () => void,
): ProgressReport {
  let furthest = 0
  let lastAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | undefined
  let bug: unknown

  const publish = async (progress: Progress): Promise<void> => {
    try {
      const fact = progressedFact(attempt, ports.clock.now(), progress)
      await ports.bus.publish([await ports.encode(fact)])
    } catch (error) {
      if (failureKind(error).kind === 'transient') onDropped()
      else bug ??= error
    } finally {
      underWay = undefined
    }
  }
  return {
    heard: (progress) => {
      const now = performance.now()
      if (progress.progress <= furthest || underWay || now - lastAt < ports.timing.progressMs) return
      furthest = progress.progress
      lastAt = now
      underWay = publish(progress)
    },
    [Symbol.asyncDispose]: async () => {
      await underWay
      if (bug !== undefined) throw bug
    },
  }
}
