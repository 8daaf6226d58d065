// Writes and reads the plan of a film in parts, so that whoever makes a part need not read through the film again.
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { FilmPart } from '../pure/part-plan.ts'
import type { ReadTally } from '../read-film.ts'

export interface FilmPlan {
  /** Of the film, the settings and the models: a part made otherwise is not used. */
  readonly fingerprint: string
  /** When the first picture is shown and the last one ends, in ticks of the film's time base. */
  readonly start: bigint
  readonly end: bigint
  readonly keyFrames: number
  readonly parts: readonly FilmPart[]
  /** Packets, damage and end of all tracks; no pictures, as none was decoded. */
  readonly tally: ReadTally
}

const count = z.int().nonnegative()
const ticks = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform(BigInt)
const keyFrameSchema = z.strictObject({ pts: ticks, seek: ticks })
const partSchema = z.strictObject({
  index: count,
  enter: keyFrameSchema.nullable(),
  lookFrom: ticks.nullable(),
  from: ticks.nullable(),
  to: ticks.nullable(),
  readTo: ticks.nullable(),
})
const tallySchema = z.strictObject({
  videoPackets: count,
  pictures: count,
  refusedPackets: count,
  damagedPictures: count,
  brokenOff: z.boolean(),
  clockJumps: count,
  bytes: count,
  endSeconds: z.number().nullable(),
})
const planSchema = z.strictObject({
  fingerprint: z.string(),
  start: ticks,
  end: ticks,
  keyFrames: count,
  parts: z.array(partSchema),
  tally: tallySchema,
})

/** The same plan is the same bytes. */
export function writePlan(path: string, plan: FilmPlan): void {
  const text = JSON.stringify(plan, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  writeFileSync(path, text)
}

/** Undefined where there is no whole plan at `path`. */
export function readPlan(path: string): FilmPlan | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const parsed = planSchema.safeParse(jsonOf(text))
  return parsed.success ? parsed.data : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
