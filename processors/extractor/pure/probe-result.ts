// What looking into one file can say, as the boxed child reports it; the parent checks every message against this.
import { z } from 'zod'
import { FAILURE_CODES, isFailureCode } from '#schemas/failure-codes.ts'

const code = z.string().refine(isFailureCode, { error: `one of ${Object.keys(FAILURE_CODES).length} codes` })
const extension = z.string().regex(/^\.[a-z0-9]{1,4}$/)
const pixels = z.int().positive()

export const probeResultSchema = z.discriminatedUnion('verdict', [
  /** Displayed size in pixels, after orientation. */
  z.strictObject({ verdict: z.literal('picture'), extension, width: pixels, height: pixels }),
  z.strictObject({
    verdict: z.literal('film'),
    extension,
    width: pixels,
    height: pixels,
    /** Estimates where the container does not say. */
    frames: z.int().nonnegative(),
    durationSeconds: z.number().nonnegative(),
  }),
  z.strictObject({ verdict: z.literal('archive'), type: z.enum(['zip', '7z', 'rar4', 'rar5']) }),
  z.strictObject({ verdict: z.literal('refused'), code, detail: z.string().max(500) }),
])
export type ProbeResult = z.infer<typeof probeResultSchema>

export const probeAnswerSchema = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('ready') }),
  z.strictObject({ say: z.literal('probed'), id: z.int(), result: probeResultSchema }),
])
export type ProbeAnswer = z.infer<typeof probeAnswerSchema>

/** What the parent asks. `path` lies in a folder that the child may only read; `fileName` is data. */
export interface ProbeOrder {
  readonly id: number
  readonly path: string
  readonly fileName: string
  readonly picturePixels: number
  readonly filmPixels: number
}
