// Names every entry, counter and lease of the decision store, and the shape of each entry's JSON.
import { z } from 'zod'

/** What was decided about a job. Written by the gateway only. */
export const decisionKey = (jobId: string): string => `decision:${jobId}`
export const decisionSchema = z.strictObject({
  account_id: z.string(),
  state: z.enum(['open', 'cancelled', 'deleted']),
  needs_approval: z.boolean(),
  approved: z.boolean(),
  /** Whether credits are held, captured and released for this job. */
  metered: z.boolean(),
  held_credits: z.int().nonnegative(),
  input_file: z.string(),
  input_kind: z.enum(['picture', 'film', 'archive']),
  model: z.enum(['blur', 'syn']),
  created_at_ms: z.int(),
})
export type Decision = z.infer<typeof decisionSchema>

/** What the extractor made of the input. Written once by the extractor, together with the fact. */
export const planEntryKey = (jobId: string): string => `plan:${jobId}`
export const planEntrySchema = z.discriminatedUnion('verdict', [
  z.strictObject({
    verdict: z.literal('planned'),
    task_count: z.int().nonnegative(),
    /** Tasks that will run; refused members are not among them. */
    runnable_count: z.int().nonnegative(),
    total_credit_cost: z.int().nonnegative(),
    archive_format: z.enum(['zip', '7z', 'rar']).nullable(),
  }),
  z.strictObject({ verdict: z.literal('refused'), code: z.string(), detail: z.string() }),
])
export type PlanEntry = z.infer<typeof planEntrySchema>

/** Present once a task has its one terminal outcome. Written by the anonymizer under its lease. */
export const settledKey = (taskId: string): string => `settled:${taskId}`
export type Settled = 'completed' | 'failed' | 'cancelled'
/** How many runnable tasks of the job are settled. */
export const settledCounter = (jobId: string): string => `settled-count:${jobId}`

/** How many media workers died of a task so far. Written by the anonymizer under its lease, removed by settling. */
export const workerDeathsKey = (taskId: string): string => `worker-deaths:${taskId}`
export const workerDeathsSchema = z.strictObject({ deaths: z.int().positive(), last_code: z.string() })

/**
 * Present where a rebuild found that a task was begun and not ended: attempts of before may have left objects, though no
 * lease tells of them any more. Removed by settling.
 */
export const attemptedKey = (taskId: string): string => `attempted:${taskId}`

/** Which finished parts of a long film are kept. Written by the anonymizer under its lease, removed by settling. */
export const filmPartsKey = (taskId: string): string => `film-parts:${taskId}`
export const filmPartsSchema = z.record(z.string(), z.strictObject({ key: z.string(), sha256: z.string() }))

const storedSchema = z.strictObject({ key: z.string(), sha256: z.string() })
/** By the number of a part. */
const byPart = <S extends z.ZodType>(schema: S) => z.record(z.string().regex(/^\d+$/), schema)

/**
 * How far a film is that several workers share. Planned by whoever holds the task's lease, carried on by whoever holds
 * a part's; every change names the version that it was decided on. Removed when the task has ended.
 */
export const filmShareKey = (taskId: string): string => `film-share:${taskId}`
export const filmShareSchema = z.strictObject({
  plan: storedSchema,
  parts: z.int().positive(),
  done: byPart(storedSchema),
  /** Media workers that died of a part. */
  deaths: byPart(workerDeathsSchema),
  /** The first part that cannot be made: the film fails with it. */
  failed: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
})
export type FilmShare = z.infer<typeof filmShareSchema>

/** How far a part is that somebody works on. Written under the part's lease, runs out by itself. */
export const partProgressKey = (partId: string): string => `part-progress:${partId}`
export const partProgressSchema = z.strictObject({
  /** 0..1 */
  progress: z.number().min(0).max(1),
  frames_per_second: z.number().nullable(),
})
export type PartProgress = z.infer<typeof partProgressSchema>

/** Present once a single task was asked to stop. Written by the gateway. */
export const taskCancelKey = (taskId: string): string => `cancel:${taskId}`

/** What the synthetic faces and plates of a job are drawn from: a secret, made by the first task, gone with the job. */
export const synSeedKey = (jobId: string): string => `syn-seed:${jobId}`

/** `traceparent` of the request that submitted the job, where traces are taken; gone with the job. */
export const submitTraceKey = (jobId: string): string => `submit-trace:${jobId}`

/** Which job a task belongs to, for single files that are asked for before the projection has seen them. */
export const taskJobKey = (taskId: string): string => `task-job:${taskId}`

/** How a task of an archive ended, for packing. Written by the extractor from the fact of it. */
export const outcomeKey = (taskId: string): string => `outcome:${taskId}`
export const outcomeSchema = z.discriminatedUnion('how', [
  z.strictObject({
    how: z.literal('completed'),
    output_key: z.string(),
    output_sha256: z.string(),
    output_bytes: z.int().nonnegative(),
    output_extension: z.string(),
    faces: z.int().nonnegative(),
    plates: z.int().nonnegative(),
    frames: z.int().nonnegative(),
  }),
  z.strictObject({ how: z.literal('failed'), code: z.string(), detail: z.string() }),
  z.strictObject({ how: z.literal('cancelled') }),
])
export type Outcome = z.infer<typeof outcomeSchema>

/** Present once the job's results were packed. Written by the extractor. */
export const packedKey = (jobId: string): string => `packed:${jobId}`

/** An answer already given to this key of this account. */
export const idempotencyKey = (accountId: string, key: string): string => `idempotency:${accountId}:${key}`

/** Present once a grant was booked, so that it is booked once. */
export const grantKey = (grantId: string): string => `grant:${grantId}`
export const creditCounter = (accountId: string, pot: 'available' | 'held' | 'spent'): string =>
  `credits:${accountId}:${pot}`

/** What the gateways sign download links with. Written once, by the first gateway. */
export const LINK_SECRET_KEY = 'gateway:link-secret'

export const taskLease = (taskId: string): string => `task:${taskId}`
export const extractLease = (jobId: string): string => `extract:${jobId}`
export const packLease = (jobId: string): string => `pack:${jobId}`
/** One logical owner brings the outbox to the bus. */
export const RELAY_LEASE = 'relay'
