// What a media worker is told when it starts: where the models lie and what to run them on.
import { z } from 'zod'

export const workerStartSchema = z.strictObject({
  /** Folder of the prepared models. */
  modelFolder: z.string(),
  executionProvider: z.enum(['cpu', 'cuda', 'tensorrt']),
  /** Threads of the models, and of whatever else works on one task. */
  threads: z.int().positive(),
})
export type WorkerStart = z.infer<typeof workerStartSchema>
