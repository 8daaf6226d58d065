// Reads out of a terminal fact what packing needs to know of the task.
import type { Event, EventOf } from './events/event-types.ts'
import type { Outcome } from './state-keys.ts'

export type TerminalFact = EventOf<'TaskCompleted' | 'TaskFailed' | 'TaskCancelled'>

export const isTerminalFact = (event: Event): event is TerminalFact =>
  event.type === 'TaskCompleted' || event.type === 'TaskFailed' || event.type === 'TaskCancelled'

export function outcomeOf(event: TerminalFact): Outcome {
  switch (event.type) {
    case 'TaskCompleted':
      return {
        how: 'completed',
        output_key: event.data.output_key,
        output_sha256: event.data.output_sha256,
        output_bytes: event.data.output_bytes,
        output_extension: event.data.output_extension,
        faces: event.data.faces,
        plates: event.data.plates,
        frames: event.data.frames,
      }
    case 'TaskFailed':
      return { how: 'failed', code: event.data.code, detail: event.data.detail }
    case 'TaskCancelled':
      return { how: 'cancelled' }
  }
}
