// The file that joins finding and hiding: what was found where, when, how surely, and by what.
import { z } from 'zod'

/** [x1, y1, x2, y2] in displayed pixels, after orientation; x2 and y2 exclusive. */
export const boxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()])
/** Four [x, y] corners in displayed pixels, clockwise from the object’s own top left. */
export const quadSchema = z.tuple([
  z.tuple([z.number(), z.number()]),
  z.tuple([z.number(), z.number()]),
  z.tuple([z.number(), z.number()]),
  z.tuple([z.number(), z.number()]),
])

export const detectionSchema = z.strictObject({
  class: z.enum(['face', 'plate']),
  /** 0..1; of interpolated and padded ones the lower of the sightings around them. */
  score: z.number().min(0).max(1),
  box: boxSchema,
  quad: quadSchema.optional(),
  /** Same number, same object through a film; null in pictures. */
  track: z.int().nonnegative().nullable(),
  origin: z.enum(['detected', 'interpolated', 'padded', 'drawn']),
  /** Roll of a face in degrees, clockwise on the screen, where landmarks told it. */
  roll: z.number().optional(),
})

export const frameDetectionsSchema = z.strictObject({
  /** Displayed frame, from 0. */
  frame: z.int().nonnegative(),
  /** Presentation time in seconds; 0 for a picture. */
  pts: z.number(),
  /** True where the detectors looked at this very frame. */
  looked: z.boolean(),
  detections: z.array(detectionSchema),
})

export const detectionDocumentSchema = z.strictObject({
  version: z.literal(1),
  kind: z.enum(['picture', 'film']),
  /** Displayed size in pixels, after orientation. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Degrees by which the stored picture is turned clockwise for display: 0, 90, 180, 270. */
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  /** Film time base as [numerator, denominator]; null for a picture. */
  timeBase: z.tuple([z.int(), z.int()]).nullable(),
  models: z.array(z.strictObject({ id: z.string(), sha256: z.string() })),
  thresholds: z.strictObject({ face: z.number(), plate: z.number() }),
  frames: z.array(frameDetectionsSchema),
})

export type Box = z.infer<typeof boxSchema>
export type Quad = z.infer<typeof quadSchema>
export type Detection = z.infer<typeof detectionSchema>
export type FrameDetections = z.infer<typeof frameDetectionsSchema>
export type DetectionDocument = z.infer<typeof detectionDocumentSchema>
