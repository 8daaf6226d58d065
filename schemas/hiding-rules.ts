// The settings that say where, and from what size, things are hidden: zones of the picture and a smallest size.
import { z } from 'zod'

const MOST_ZONES = 64
const FEWEST_CORNERS = 3
const MOST_CORNERS = 100

/** Text that holds JSON is read as such, as the command line and old clients send it. */
const lenientJson = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

const relative = z.number().min(0).max(1)

/** A polygon: corners [x, y], 0..1 of the displayed picture's width and height, in order around it. */
export const zoneSchema = z
  .array(z.tuple([relative, relative]))
  .min(FEWEST_CORNERS)
  .max(MOST_CORNERS)

const zonesSchema = z.preprocess(lenientJson, z.array(zoneSchema).min(1).max(MOST_ZONES))

/** Keys of a model configuration; an absent one restricts nothing. */
export const hidingRulesShape = {
  /** Only what touches one of these is hidden. */
  include_zones: zonesSchema.optional(),
  /** What lies entirely in one of these is not hidden. */
  exclude_zones: zonesSchema.optional(),
  /** In displayed pixels: a find both narrower and lower than this is not hidden. */
  min_size: z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number().min(0).max(65_535).optional(),
  ),
}

export const HIDING_RULE_KEYS = ['include_zones', 'exclude_zones', 'min_size'] as const

export type Zone = z.infer<typeof zoneSchema>
/** Nothing given: everything that is found is hidden. */
export interface HidingRules {
  readonly include_zones?: readonly Zone[] | undefined
  readonly exclude_zones?: readonly Zone[] | undefined
  readonly min_size?: number | undefined
}
