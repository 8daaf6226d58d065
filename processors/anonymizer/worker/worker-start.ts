// What a media worker is told when it starts: where the models lie and what to run them on.
import { z } from 'zod'
import { MEDIA_DEVICES } from '../film/pure/gpu-choice.ts'

export const workerStartSchema = z.strictObject({
  /** Folder of the prepared models. */
  modelFolder: z.string(),
  executionProvider: z.enum(['cpu', 'cuda', 'tensorrt']),
  /** Threads of the models, and of whatever else works on one task. */
  threads: z.int().positive(),
  /** What films are decoded and encoded on; the CPU where nothing is said. */
  films: z.strictObject({ decode: z.enum(MEDIA_DEVICES), encode: z.enum(MEDIA_DEVICES) }).optional(),
})
export type WorkerStart = z.infer<typeof workerStartSchema>
