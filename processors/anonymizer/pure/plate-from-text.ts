// Decides whether a region of text may be a licence plate, and how far the plate reaches around its letters.
import { grownRectangle, type OrientedRectangle } from './oriented-rectangle.ts'
import type { TextRegion } from './text-regions.ts'

/** The map marks the middle part of a line of text; the line is this many times area / outline larger (DB: 1.5). */
const UNCLIP_RATIO = 1.6
/** From the letters to the plate's edge, in parts of the line's height. */
const EDGE_ALONG = 0.12
const EDGE_DOWN = 0.08
/** Width by height. Two-row plates seen straight have 1.2, one-row plates up to 6.5 with the letters' own box. */
const LEAST_ASPECT = 1.3
const MOST_ASPECT = 8
/** A line of text on a plate covers most of its rectangle; hedges, grilles and fences do not. */
const LEAST_FILL = 0.45
/** Letters of fewer pixels than this (height in the look) cannot be read, nor found surely. */
const LEAST_HEIGHT_PX = 5
/** Plates hang level to the road; text that stands upright is a sign. */
const MOST_TILT_DEGREES = 40

/** The plate's rectangle in look pixels, or undefined for what cannot be one. */
export function plateFromText(region: TextRegion): OrientedRectangle | undefined {
  const { rectangle, area } = region
  const width = rectangle.halfWidth * 2
  const height = rectangle.halfHeight * 2
  const grow = (width * height * UNCLIP_RATIO) / (2 * (width + height))
  const line = grownRectangle(rectangle, grow, grow)
  const lineHeight = line.halfHeight * 2
  const aspect = line.halfWidth / line.halfHeight
  const tilt = Math.abs((Math.atan2(rectangle.along[1], rectangle.along[0]) * 180) / Math.PI)
  if (lineHeight < LEAST_HEIGHT_PX || aspect < LEAST_ASPECT || aspect > MOST_ASPECT) return undefined
  if (tilt > MOST_TILT_DEGREES || area / (width * height) < LEAST_FILL) return undefined
  return grownRectangle(line, lineHeight * EDGE_ALONG, lineHeight * EDGE_DOWN)
}
