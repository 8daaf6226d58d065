// Fills a region of a patch with what lies around it, so that a blurred margin does not show; nothing within has a say.
import { matchSharpness } from './match-sharpness.ts'
import { unwritten, zeroed } from './plane-room.ts'
import type { Draw } from './seeded-draws.ts'
import { type FieldSize, smoothFields } from './smooth-field.ts'
import { smoothStep } from './smooth-step.ts'

export interface RegionToFill {
  readonly size: FieldSize
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
export function fillAround({ size, planes, distance, across, grain }: RegionToFill): {
  readonly cover: Float32Array
  readonly planes: readonly Float32Array[]
} {
  const known = unwritten(distance.length)
  const cover = unwritten(distance.length)
  for (let i = 0; i < known.length; i++) {
    const d = distance[i] ?? 0
    known[i] = d > EDGE ? 1 : 0
    cover[i] = 1 - smoothStep(d, 0, EDGE)
  }
  const filled: Float32Array[] = planes.map(() => zeroed(known.length))
  SIGMAS.forEach((part, step) => {
    const { fields, support } = smoothFields(planes, known, size, Math.max(0.8, part * across))
    const sure = step === 0 ? undefined : support()
    if (sure)
      for (let i = 0; i < sure.length; i++) sure[i] = smoothStep(sure[i] ?? 0, BELIEVED.from, BELIEVED.to)
    fields.forEach((field, p) => {
      const into = filled[p] ?? field
      if (sure) moveTowards(into, field, sure)
      else into.set(field)
    })
  })
  const [luma, fill] = [planes[0], filled[0]]
  if (luma && fill)
    filled[0] = matchSharpness({ detail: fill, original: luma, within: known, size, quantile: 0.5, grain })
  for (const plane of filled)
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] ?? 0) * (cover[i] ?? 0)
  return { cover, planes: filled }
}

function moveTowards(values: Float32Array, others: Float32Array, by: Float32Array): void {
  for (let i = 0; i < values.length; i++)
    values[i] = (values[i] ?? 0) + (by[i] ?? 0) * ((others[i] ?? 0) - (values[i] ?? 0))
}
