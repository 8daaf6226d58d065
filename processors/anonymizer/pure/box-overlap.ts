// Measures how far two boxes or quads are the same thing.
import type { Box } from '#schemas/detection-document.ts'

export const boxArea = (box: Box): number => Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1])

/** Area that both boxes cover, in square pixels. */
export function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  return width > 0 && height > 0 ? width * height : 0
}

/** Intersection over union, 0..1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = sharedArea(a, b)
  return shared === 0 ? 0 : shared / (boxArea(a) + boxArea(b) - shared)
}

/** Part of the smaller box that lies in the other, 0..1. */
export function partOfSmaller(a: Box, b: Box): number {
  const smaller = Math.min(boxArea(a), boxArea(b))
  return smaller === 0 ? 0 : sharedArea(a, b) / smaller
}
