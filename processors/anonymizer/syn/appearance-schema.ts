// The form in which models/training/appearance writes the appearance model.
import { z } from 'zod'
import { POINTS } from './pure/face-mesh-shape.ts'

/** One check for a list: zod's own takes a tenth of a second for all of them. */
const numbers = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every((number) => Number.isFinite(number)),
)
const numbersOf = (length: number) => numbers.refine((list) => list.length === length)
const follows = { mean: numbers, weights: z.array(numbers), left: numbers }

export const appearanceSchema = z.object({
  version: z.literal(2),
  side: z.int().positive(),
  mean: numbersOf(POINTS * 3),
  stability: numbersOf(POINTS),
  outline: numbers,
  innerLips: numbers,
  outerLips: numbers,
  eyes: z.array(numbers).length(2),
  ring: z.object({ grow: z.number(), growAbove: z.number(), behind: z.number() }),
  corners: numbers,
  textureAt: numbers,
  shapeMean: numbersOf(POINTS * 3),
  shapeScale: z.number(),
  shapeComponents: z.array(numbersOf(POINTS * 3)),
  textureScales: z.array(z.tuple([z.number(), z.number()])),
  conditions: z.object({
    seenMean: numbers,
    looksScale: z.number(),
    looks: z.array(numbers).min(1),
    border: z.number(),
    moods: z.array(
      z.object({
        pairs: z.array(z.tuple([z.int(), z.int()])),
        mean: z.number(),
        deviation: z.number().positive(),
      }),
    ),
    shape: z.object(follows),
  }),
  groups: z.array(z.object({ components: z.int().positive(), ...follows })).length(2),
})
export type AppearanceFile = z.infer<typeof appearanceSchema>
