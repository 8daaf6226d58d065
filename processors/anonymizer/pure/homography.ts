// The way from a flat rectangle to a quad in a picture and back.
import type { Quad } from '#schemas/detection-document.ts'

/** Row by row; maps (u, v, 1) to (x w, y w, w). */
export type Homography = readonly [number, number, number, number, number, number, number, number, number]

/** From the unit square to a quad, corners clockwise from the top left (Heckbert, Fundamentals of Texture Mapping, 1989). */
export function squareToQuad([a, b, c, d]: Quad): Homography {
  const dx1 = b[0] - c[0]
  const dx2 = d[0] - c[0]
  const dy1 = b[1] - c[1]
  const dy2 = d[1] - c[1]
  const sx = a[0] - b[0] + c[0] - d[0]
  const sy = a[1] - b[1] + c[1] - d[1]
  const area = dx1 * dy2 - dx2 * dy1
  const g = (sx * dy2 - dx2 * sy) / area
  const h = (dx1 * sy - sx * dy1) / area
  return [
    b[0] - a[0] + g * b[0],
    d[0] - a[0] + h * d[0],
    a[0],
    b[1] - a[1] + g * b[1],
    d[1] - a[1] + h * d[1],
    a[1],
    g,
    h,
    1,
  ]
}

/** Undefined where the map cannot be undone. */
export function inverted(m: Homography): Homography | undefined {
  const [a, b, c, d, e, f, g, h, i] = m
  const cofactors = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ] as const
  const det = a * cofactors[0] + b * cofactors[3] + c * cofactors[6]
  if (!Number.isFinite(det) || Math.abs(det) < 1e-12) return undefined
  const [p, q, r, s, t, u, v, w, x] = cofactors
  return [p / det, q / det, r / det, s / det, t / det, u / det, v / det, w / det, x / det]
}

export function mapped(m: Homography, x: number, y: number): readonly [number, number] {
  const w = m[6] * x + m[7] * y + m[8]
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w]
}
