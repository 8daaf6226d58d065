// Keeps what is within the lips of a face: how far its mouth is open, and its teeth.
import { drawTexture, drawVertexValues } from './draw-texture.ts'
import { unwritten, zeroed } from './plane-room.ts'
import { smoothField } from './smooth-field.ts'
import { smoothStep } from './smooth-step.ts'

export interface OpeningToKeep {
  readonly side: number
  /** The patch as it was. */
  readonly planes: readonly Float32Array[]
  /** Mesh, x, y in patch pixels: where it was and where it is drawn. */
  readonly original: ArrayLike<number>
  readonly drawn: ArrayLike<number>
  readonly corners: ArrayLike<number>
  /** How much of the original is kept at each vertex, 0..1. */
  readonly weights: ArrayLike<number>
  /** Nothing finer is kept; patch pixels. */
  readonly sigma: number
  /** How much of the original is kept at all, 0..1. */
  readonly kept: number
}

/** Changes `synthetic` in place, within the opening's triangles only. */
export function keepOpening(synthetic: readonly Float32Array[], task: OpeningToKeep): void {
  const { side, planes, original, drawn, corners, sigma } = task
  if (task.kept <= 0) return
  const margin = Math.ceil(3 * sigma) + 2
  const from = windowAround(original, corners, side, margin)
  const to = windowAround(drawn, corners, side, margin)
  if (!from || !to) return
  const soft = planes.map((plane) =>
    smoothField(cut(plane, side, from), undefined, { width: from.side, height: from.side }, sigma),
  )
  const kept = planes.map(() => zeroed(to.side * to.side))
  const covered = zeroed(to.side * to.side)
  const there = moved(drawn, to)
  drawTexture(
    { width: from.side, height: from.side, planes: soft },
    { from: moved(original, from), to: there, corners },
    { side: to.side, planes: kept, covered },
  )
  const weight = drawVertexValues(there, corners, task.weights, to.side)
  for (let i = 0; i < weight.length; i++)
    weight[i] = covered[i] === 1 ? task.kept * smoothStep(weight[i] ?? 0, 0, 0.6) : 0
  synthetic.forEach((plane, p) => {
    const source = kept[p]
    if (!source) return
    for (let y = 0; y < to.side; y++) {
      const row = (to.top + y) * side + to.left
      mixRow(plane.subarray(row, row + to.side), source, weight, y * to.side)
    }
  })
}

/** Mixes what is kept into a row, by weight; `from`: where the row begins in it. */
function mixRow(row: Float32Array, kept: Float32Array, weight: Float32Array, from: number): void {
  for (let x = 0; x < row.length; x++) {
    const w = weight[from + x] ?? 0
    if (w > 0) row[x] = (row[x] ?? 0) * (1 - w) + (kept[from + x] ?? 0) * w
  }
}

interface Window {
  readonly left: number
  readonly top: number
  readonly side: number
}

/** A square within the patch that holds the triangles and a margin; undefined where they lie outside. */
function windowAround(
  flat: ArrayLike<number>,
  corners: ArrayLike<number>,
  side: number,
  margin: number,
): Window | undefined {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < corners.length; i++) {
    const x = flat[(corners[i] ?? 0) * 2] ?? 0
    const y = flat[(corners[i] ?? 0) * 2 + 1] ?? 0
    x1 = Math.min(x1, x)
    y1 = Math.min(y1, y)
    x2 = Math.max(x2, x)
    y2 = Math.max(y2, y)
  }
  const wanted = Math.ceil(Math.max(x2 - x1, y2 - y1)) + 2 * margin
  if (!(wanted > 0) || !Number.isFinite(wanted)) return undefined
  const length = Math.min(side, wanted)
  const start = (middle: number): number =>
    Math.min(side - length, Math.max(0, Math.round(middle - length / 2)))
  return { left: start((x1 + x2) / 2), top: start((y1 + y2) / 2), side: length }
}

function cut(plane: Float32Array, side: number, { left, top, side: length }: Window): Float32Array {
  const out = unwritten(length * length)
  for (let y = 0; y < length; y++)
    out.set(plane.subarray((top + y) * side + left, (top + y) * side + left + length), y * length)
  return out
}

const moved = (flat: ArrayLike<number>, { left, top }: Window): Float64Array =>
  Float64Array.from(flat, (value, i) => value - (i % 2 ? top : left))
