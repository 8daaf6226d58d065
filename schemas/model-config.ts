// Reads a job's `model_config` as clients really send it (strings, "true", JSON in a string) into one strict shape.
import { z } from 'zod'
import { hidingRulesShape } from './hiding-rules.ts'
import { hidingStyleShape } from './hiding-style.ts'

const TRUE = new Set(['true', '1', 'yes', 'on'])
const FALSE = new Set(['false', '0', 'no', 'off'])

const lenientBoolean = z.preprocess((value) => {
  if (typeof value === 'number' && (value === 0 || value === 1)) return value === 1
  if (typeof value !== 'string') return value
  const text = value.trim().toLowerCase()
  if (TRUE.has(text)) return true
  return FALSE.has(text) ? false : value
}, z.boolean())

const lenientNumber = (min: number, max: number) =>
  z.preprocess(
    (value) =>
      typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
        ? Number(value)
        : value,
    z.number().min(min).max(max),
  )

/** Keys of both models that say what else a film keeps. */
const filmOutputShape = {
  /** Leaves all sound out of the result. */
  drop_audio: lenientBoolean.optional(),
}

/** `model: "blur"`: hide by blurring. Defaults are the API's. */
export const blurConfigSchema = z.strictObject({
  blur_face: lenientBoolean.default(true),
  enable_lp: lenientBoolean.default(true),
  blur_threshold: lenientNumber(0, 1).default(0.5),
  lp_threshold: lenientNumber(0, 1).default(0.5),
  slicing: lenientBoolean.default(false),
  mask_blur: lenientBoolean.default(true),
  lp_track: lenientBoolean.default(true),
  ...hidingStyleShape,
  ...hidingRulesShape,
  ...filmOutputShape,
})

/** `model: "syn"`: put a synthetic face or plate in place of the real one. */
export const synConfigSchema = z.strictObject({
  enable_lp: lenientBoolean.default(true),
  syntonymize: lenientBoolean.default(true),
  lp_syntonymize: lenientBoolean.default(true),
  syn_scope: z.enum(['track', 'job']).default('track'),
  ...hidingRulesShape,
  ...filmOutputShape,
})

export type BlurConfig = z.infer<typeof blurConfigSchema>
export type SynConfig = z.infer<typeof synConfigSchema>
export const HIDE_MODELS = ['blur', 'syn'] as const
export type HideModel = (typeof HIDE_MODELS)[number]
export type ModelChoice = { model: 'blur'; config: BlurConfig } | { model: 'syn'; config: SynConfig }

export interface ConfigIssue {
  /** Path below `model_config`. */
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly type: string
}
export type ReadConfig =
  | { verdict: 'ok'; choice: ModelChoice }
  | { verdict: 'refused'; issues: readonly ConfigIssue[] }

/**
 * Reads a model configuration leniently and returns it complete, with every default filled in.
 * An unknown key is refused by name.
 */
export function readModelConfig(model: HideModel, raw: unknown): ReadConfig {
  let value = raw
  if (typeof raw === 'string') {
    try {
      value = raw.trim() === '' ? {} : JSON.parse(raw)
    } catch {
      return {
        verdict: 'refused',
        issues: [{ path: [], message: 'model_config is not valid JSON', type: 'json_invalid' }],
      }
    }
  }
  const result = model === 'blur' ? blurConfigSchema.safeParse(value) : synConfigSchema.safeParse(value)
  if (result.success) {
    return { verdict: 'ok', choice: { model, config: result.data } as ModelChoice }
  }
  const issues = result.error.issues.flatMap((issue): ConfigIssue[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [key],
          message: `Unknown key "${key}" for model ${model}`,
          type: 'extra_forbidden',
        }))
      : [
          {
            path: issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
            message: issue.message,
            type: issue.code,
          },
        ],
  )
  return { verdict: 'refused', issues }
}
