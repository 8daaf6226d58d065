// Draws a plate of nobody over a plate whose corners are sure, in the planes of a picture, and nowhere else.
import type { Quad } from '#schemas/detection-document.ts'
import type { Hiding } from '../hide/hide-shapes.ts'
import { distanceFrom } from '../pure/shape-distance.ts'
import { shapeBounds } from '../pure/shape-span.ts'
import { type Canvas, type Patch, placeAround, readPatch, writeOverlay } from './canvas.ts'
import { composePlate, type PlateColours, plateColours } from './pure/compose-plate.ts'
import { drawPlate } from './pure/draw-plate.ts'
import { fillAround } from './pure/fill-around.ts'
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

/**
 * Changes the planes, which were blurred there before: the blur gives way to what lies around it, and a plate is drawn
 * over that. @returns false where nothing was drawn
 */
export function replacePlate(
  canvas: Canvas,
  seen: SeenPlate,
  { text, grain, hiding }: { readonly text: string; readonly grain: Draw; readonly hiding: Hiding },
): boolean {
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
  fillMargin(canvas, hiding, grain)
  const [luma = new Float32Array(), ...chroma] = composed.planes
  writeOverlay(canvas, { place: patch.place, cover: composed.cover, luma, chroma })
  return true
}

/** Of the mask's longer side: so much around it is looked at. */
const AROUND = 0.3

function fillMargin(canvas: Canvas, { shape, options }: Hiding, grain: Draw): void {
  const { x1, y1, x2, y2 } = shapeBounds(shape)
  const [across, along] = [Math.min(x2 - x1, y2 - y1), Math.max(x2 - x1, y2 - y1)]
  const place = placeAround((x1 + x2) / 2, (y1 + y2) / 2, along * (1 + 2 * AROUND), MOST_PATCH)
  const patch = readPatch(canvas, place)
  const { side, step, left, top } = place
  // The blur fades over a feather outside the mask: all of that is filled.
  const feather = (options.feather * across) / 2 + 1
  const from = distanceFrom(shape)
  const distance = new Float32Array(side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      distance[y * side + x] = (from(left + (x + 0.5) * step, top + (y + 0.5) * step) - feather) / step
  const planes = [patch.luma, ...patch.chroma]
  const filled = fillAround({ side, planes, distance, across: across / step, grain })
  const [luma = new Float32Array(), ...chroma] = filled.planes
  writeOverlay(canvas, { place, cover: filled.cover, luma, chroma })
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
