// Fills a region of a patch with what lies around it, so that a blurred margin does not show; nothing within has a say.
import { matchSharpness } from './match-sharpness.ts'
import type { Draw } from './seeded-draws.ts'
import { smoothField } from './smooth-field.ts'
import { smoothStep } from './smooth-step.ts'

export interface RegionToFill {
  readonly side: number
  /** The patch as it is now: brightness, then two colour differences or none. */
  readonly planes: readonly Float32Array[]
  /** Patch pixels from the region for each pixel; below 0 within. */
  readonly distance: Float32Array
  /** Patch pixels across the region: its shorter side. */
  readonly across: number
  readonly grain: Draw
}

/** Over so many patch pixels the fill ends. */
const EDGE = 1.5
/** Deviations by the region's shorter side, from far to near: the nearest that has something to say wins. */
const SIGMAS = [1, 0.4, 0.16, 0.06]
/** Part of a neighbourhood that must be known before it is believed. */
const BELIEVED = { from: 0.02, to: 0.25 }

/** new = (1 - cover) x old + value. */
export function fillAround({ side, planes, distance, across, grain }: RegionToFill): {
  readonly cover: Float32Array
  readonly planes: readonly Float32Array[]
} {
  const size = { width: side, height: side }
  const known = distance.map((d) => (d > EDGE ? 1 : 0))
  const filled: Float32Array[] = planes.map(() => new Float32Array(side * side))
  SIGMAS.forEach((part, step) => {
    const sigma = Math.max(0.8, part * across)
    const support = smoothField(known, undefined, size, sigma)
    planes.forEach((plane, p) => {
      const field = smoothField(plane, known, size, sigma)
      const into = filled[p] ?? field
      for (let i = 0; i < into.length; i++) {
        const sure = step === 0 ? 1 : smoothStep(support[i] ?? 0, BELIEVED.from, BELIEVED.to)
        into[i] = (into[i] ?? 0) + sure * ((field[i] ?? 0) - (into[i] ?? 0))
      }
    })
  })
  const [luma, fill] = [planes[0], filled[0]]
  if (luma && fill)
    filled[0] = matchSharpness({ detail: fill, original: luma, within: known, size, quantile: 0.5, grain })
  const cover = distance.map((d) => 1 - smoothStep(d, 0, EDGE))
  return { cover, planes: filled.map((plane) => plane.map((value, i) => value * (cover[i] ?? 0))) }
}
