// Reads what a media worker says as coming from hostile ground: known shapes and bounded sizes, or garbage.
import { z } from 'zod'
import { isPartName } from '../film/pure/part-name.ts'
import { type FromWorker, WORK_STAGES } from './protocol.ts'

const DETAIL_CHARS = 500
const MAX_FACTS = 100
const MAX_PIXELS = 2 ** 40

const id = z.string().max(100)
const text = z.string().transform((value) => value.slice(0, DETAIL_CHARS))
const code = z.string().regex(/^[A-Z][A-Z0-9_]{1,60}$/)
const count = z.int().nonnegative()

const MAX_MODELS = 16
/** As many as have names. */
const MAX_PARTS = 100_000

const workSchema = z.strictObject({
  model: z.string().max(60),
  runs: count,
  seconds: z.number().nonnegative(),
  finds: count,
  weakFinds: count,
})

const sharedSchema = z.union([
  z.strictObject({ planned: count.max(MAX_PARTS) }),
  z.strictObject({ part: z.enum(['made', 'not ours']) }),
])

const reportSchema = z.strictObject({
  faces: count,
  plates: count,
  frames: count,
  outputExtension: z.string().regex(/^\.[a-z0-9]{1,8}$/),
  facts: z
    .record(z.string().max(60), z.union([text, z.number(), z.boolean()]))
    .refine((facts) => Object.keys(facts).length <= MAX_FACTS),
  shared: sharedSchema.optional(),
  work: z.array(workSchema).max(MAX_MODELS).optional(),
})

const messageSchema = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('ready'), executionProvider: z.string().max(60) }),
  z.strictObject({ say: z.literal('unfit'), code, detail: text }),
  z.strictObject({ say: z.literal('sized'), id, pixels: z.int().positive().max(MAX_PIXELS) }),
  z.strictObject({
    say: z.literal('progress'),
    id,
    progress: z.number().min(0).max(1),
    framesPerSecond: z.number().nonnegative().nullable(),
    etaSeconds: z.number().nonnegative().nullable(),
  }),
  z.strictObject({ say: z.literal('stage'), id, stage: z.enum(WORK_STAGES) }),
  z.strictObject({ say: z.literal('part'), id, name: z.string().refine(isPartName) }),
  z.strictObject({ say: z.literal('done'), id, report: reportSchema }),
  z.strictObject({ say: z.literal('failed'), id, code, detail: text }),
])

export type ReadMessage =
  | { readonly verdict: 'ok'; readonly message: FromWorker }
  | { readonly verdict: 'garbage'; readonly why: string }

/** A message of the protocol, texts cut to a bounded length; anything else is garbage. */
export function readWorkerMessage(raw: unknown): ReadMessage {
  const read = messageSchema.safeParse(raw)
  if (read.success) return { verdict: 'ok', message: read.data }
  const first = read.error.issues[0]
  return { verdict: 'garbage', why: `${first?.path.join('.') ?? ''}: ${first?.code ?? 'unreadable'}` }
}
