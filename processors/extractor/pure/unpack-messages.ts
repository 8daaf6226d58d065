// What the child that unpacks and its parent say to each other; the parent checks every message against this.
import { z } from 'zod'
import { isFailureCode } from '#schemas/failure-codes.ts'
import type { ExtractorLimits } from './limits.ts'
import type { ArchiveType } from './media-types.ts'

const refusalSchema = z.strictObject({ code: z.string().refine(isFailureCode), detail: z.string().max(500) })

/** One member in the archive's order. `file` lies in the child's folder under a name of ours. */
export const unpackedMemberSchema = z.strictObject({
  say: z.literal('member'),
  index: z.int().nonnegative(),
  name: z.string(),
  bytes: z.int().nonnegative(),
  file: z
    .string()
    .regex(/^member-\d{6,}$/)
    .nullable(),
  refused: refusalSchema.nullable(),
})
export type UnpackedMember = z.infer<typeof unpackedMemberSchema>

export const fromUnpackerSchema = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('ready') }),
  z.strictObject({ say: z.literal('listed'), members: z.int().positive() }),
  /** Work on this member has begun: whatever happens next is its doing. */
  z.strictObject({
    say: z.literal('begin'),
    index: z.int().nonnegative(),
    name: z.string(),
    bytes: z.int().nonnegative(),
  }),
  z.strictObject({ say: z.literal('working') }),
  unpackedMemberSchema,
  z.strictObject({ say: z.literal('end') }),
  z.strictObject({ say: z.literal('disk-full') }),
  z.strictObject({ say: z.literal('refused'), ...refusalSchema.shape }),
])
export type FromUnpacker = z.infer<typeof fromUnpackerSchema>

export interface UnpackOrder {
  readonly do: 'unpack'
  readonly type: ArchiveType
  readonly path: string
  /** Members before this one were handed over by an earlier child. */
  readonly fromIndex: number
  readonly limits: ExtractorLimits
  /** Path of the 7zz program. */
  readonly sevenZip: string
}

/** `taken`: one more member was received; the child keeps a bounded number ahead. */
export type ToUnpacker = UnpackOrder | { readonly do: 'taken' }
