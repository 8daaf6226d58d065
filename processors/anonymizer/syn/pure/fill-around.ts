// Fills a region of a patch with what lies around it, so that a blurred margin does not show; nothing within has a say.
import { nearestKnown } from './nearest-known.ts'
import { unwritten, zeroed } from './plane-room.ts'
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
}

/** Over so many patch pixels the fill ends. */
const EDGE = 1.5
/** Deviations by the region's shorter side, from far to near: the nearest that has something to say wins. */
const SIGMAS = [1, 0.4, 0.16]
/** Part of a neighbourhood that must be known before it is believed. */
const BELIEVED = { from: 0.02, to: 0.25 }

/**
 * new = (1 - cover) x old + value. What is slow goes on from far and near, and what is finer lies over it as if a mirror
 * stood at the border: a grille, a frame, and grain go on and do not end.
 */
export function fillAround({ size, planes, distance, across }: RegionToFill): {
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
  const details = planes.map((plane, p) => differences(plane, filled[p] ?? plane))
  addMirrored(filled, details, known, { size, across })
  for (const plane of filled)
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] ?? 0) * (cover[i] ?? 0)
  return { cover, planes: filled }
}

function differences(a: Float32Array, b: Float32Array): Float32Array {
  const out = unwritten(a.length)
  for (let i = 0; i < out.length; i++) out[i] = (a[i] ?? 0) - (b[i] ?? 0)
  return out
}

function moveTowards(values: Float32Array, others: Float32Array, by: Float32Array): void {
  for (let i = 0; i < values.length; i++)
    values[i] = (values[i] ?? 0) + (by[i] ?? 0) * ((others[i] ?? 0) - (values[i] ?? 0))
}

/** By the region's shorter side: so deep within a mirrored detail is faint, lest what is repeated stands out. */
const FAINT = { from: 0.04, to: 0.25, part: 0.4 }
/** Patch pixels: the steps of a slanted border, which a mirror would show. */
const STEPS = 2.5

/** Adds to each unknown pixel the detail as far outside the border as it lies within, where there is one. */
function addMirrored(
  into: readonly Float32Array[],
  details: readonly Float32Array[],
  known: Float32Array,
  { size, across }: Pick<RegionToFill, 'size' | 'across'>,
): void {
  const [right = known, down = known] = wayOut(known, size)
  const from = new Int32Array(known.length)
  const part = unwritten(known.length)
  for (let i = 0; i < known.length; i++) {
    from[i] = known[i] === 1 ? -1 : behindMirror(i, right[i] ?? 0, down[i] ?? 0, size)
    if (known[from[i] ?? -1] !== 1) from[i] = -1
    const deep = Math.hypot(right[i] ?? 0, down[i] ?? 0) / across
    part[i] = 1 - (1 - FAINT.part) * smoothStep(deep, FAINT.from, FAINT.to)
  }
  into.forEach((plane, p) => {
    addFrom(plane, details[p] ?? plane, from, part)
  })
}

/** Index of the pixel twice as far as the border in its direction; -1 beyond the patch. */
function behindMirror(i: number, right: number, down: number, { width, height }: FieldSize): number {
  const x = Math.round((i % width) + 2 * right)
  const y = Math.round(Math.floor(i / width) + 2 * down)
  return x < 0 || x >= width || y < 0 || y >= height ? -1 : y * width + x
}

function addFrom(into: Float32Array, values: Float32Array, from: Int32Array, part: Float32Array): void {
  for (let i = 0; i < into.length; i++) {
    const at = from[i] ?? -1
    if (at >= 0) into[i] = (into[i] ?? 0) + (part[i] ?? 0) * (values[at] ?? 0)
  }
}

/** From each unknown pixel to the border, to the right and down, without the border's steps. */
function wayOut(known: Float32Array, size: FieldSize): readonly Float32Array[] {
  const { width } = size
  const nearest = nearestKnown(known, size)
  const [right, down, unknown] = [zeroed(known.length), zeroed(known.length), zeroed(known.length)]
  for (let i = 0; i < known.length; i++) {
    const near = nearest[i] ?? -1
    if (near < 0 || near === i) continue
    right[i] = (near % width) - (i % width)
    down[i] = Math.floor(near / width) - Math.floor(i / width)
    unknown[i] = 1
  }
  return smoothFields([right, down], unknown, size, STEPS).fields
}
