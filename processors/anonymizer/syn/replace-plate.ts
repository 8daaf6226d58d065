// Draws a plate of nobody over a plate whose corners are sure, in the planes of a picture, and nowhere else.
import type { Quad } from '#schemas/detection-document.ts'
import { type Canvas, type Patch, placeAround, readPatch, writeOverlay } from './canvas.ts'
import { composePlate, type PlateColours, plateColours } from './pure/compose-plate.ts'
import { drawPlate } from './pure/draw-plate.ts'
import { plateForm } from './pure/plate-doubts.ts'
import type { Draw } from './pure/seeded-draws.ts'

const MOST_PATCH = 480
/** The detector's corners lie inside as often as outside: a little more keeps letters off the blurred edge. */
const GROW = 1.05
const MOST_FLAT_HEIGHT = 160

/** A plate that can be replaced, seen before anything near it was blurred. */
export interface SeenPlate {
  readonly quad: Quad
  readonly rows: 1 | 2
  readonly aspect: number
  readonly patch: Patch
  readonly colours: PlateColours
}

/** Undefined where the corners or the colours leave a doubt. */
export function seePlate(canvas: Canvas, quad: Quad | undefined): SeenPlate | undefined {
  const form = plateForm(quad, canvas)
  if (!form || !quad) return undefined
  const [x, y] = middleOf(quad)
  const grown = quad.map(([px, py]) => [x + (px - x) * GROW, y + (py - y) * GROW]) as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ]
  const reach = Math.max(...grown.map(([px, py]) => Math.max(Math.abs(px - x), Math.abs(py - y))))
  const patch = readPatch(canvas, placeAround(x, y, 2 * reach + 12, MOST_PATCH))
  const colours = plateColours([patch.luma, ...patch.chroma], inPatch(grown, patch), patch.place.side)
  return colours && { quad: grown, rows: form.rows, aspect: form.width / form.height, patch, colours }
}

/** Changes the planes, which were blurred there before. @returns false where nothing was drawn */
export function replacePlate(canvas: Canvas, seen: SeenPlate, text: string, grain: Draw): boolean {
  const { patch, colours } = seen
  const quad = inPatch(seen.quad, patch)
  const high = Math.hypot(quad[3][0] - quad[0][0], quad[3][1] - quad[0][1])
  const height = Math.min(MOST_FLAT_HEIGHT, Math.max(16, Math.round(high)))
  const plate = drawPlate(
    text,
    { width: Math.max(16, Math.round(height * seen.aspect)), height },
    colours.band,
  )
  const planes = [patch.luma, ...patch.chroma]
  const composed = composePlate({ side: patch.place.side, planes, quad, plate, grain }, colours)
  if (!composed) return false
  const [luma = new Float32Array(), ...chroma] = composed.planes
  writeOverlay(canvas, { place: patch.place, cover: composed.cover, luma, chroma })
  return true
}

const middleOf = (quad: Quad): readonly [number, number] => [
  (quad[0][0] + quad[1][0] + quad[2][0] + quad[3][0]) / 4,
  (quad[0][1] + quad[1][1] + quad[2][1] + quad[3][1]) / 4,
]

function inPatch(quad: Quad, { place }: Patch): Quad {
  const moved = (p: readonly [number, number]): [number, number] => [
    (p[0] - place.left) / place.step,
    (p[1] - place.top) / place.step,
  ]
  return [moved(quad[0]), moved(quad[1]), moved(quad[2]), moved(quad[3])]
}
