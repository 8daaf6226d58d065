// Draws a plate of nobody over a plate whose corners are sure, in the planes of a picture, and nowhere else.
import type { Box, Quad } from '#schemas/detection-document.ts'
import type { Hiding } from '../hide/hide-shapes.ts'
import { distanceFrom } from '../pure/shape-distance.ts'
import { shapeBounds } from '../pure/shape-span.ts'
import { type Canvas, type Patch, placeOver, readPatch, writeOverlay } from './canvas.ts'
import { memoryOf } from './memory-of.ts'
import { composePlate, type PlateColours, type PlateKind, plateColours } from './pure/compose-plate.ts'
import { drawPlate, type FlatPlate } from './pure/draw-plate.ts'
import { fillAround } from './pure/fill-around.ts'
import { inRoom, unwritten } from './pure/plane-room.ts'
import { plateForm } from './pure/plate-doubts.ts'
import type { Draw } from './pure/seeded-draws.ts'

const MOST_PATCH = 480
/** Of what is filled only the rim around the plate is seen. */
const MOST_FILL = 240
/** The detector's corners lie inside as often as outside: a little more keeps letters off the blurred edge. */
const GROW = 1.05
const MOST_FLAT_HEIGHT = 160
/** Full-size pixels around the corners that are read too. */
const EDGE = 6

/** Gives a flat plate for at least so many pixels; the same one again while it fits. */
export type PlateDrawer = (text: string, high: number, wide: number, band: boolean) => FlatPlate

/** Sizes grow in such steps, so that a plate that comes nearer is drawn anew once in a while only. */
const STEP = { high: 8, wide: 16 }
const MOST_KEPT = 24

export function plateDrawer(): PlateDrawer {
  const kept = memoryOf<string, FlatPlate>(MOST_KEPT)
  const upTo = (value: number, step: number): number => Math.max(16, Math.ceil(value / step) * step)
  return (text, high, wide, band) => {
    const height = Math.min(MOST_FLAT_HEIGHT, upTo(high, STEP.high))
    const width = upTo((wide * height) / Math.max(1e-6, high), STEP.wide)
    const name = `${text} ${width} ${height} ${band}`
    const plate = kept.get(name) ?? drawPlate(text, { width, height }, band)
    kept.set(name, plate)
    return plate
  }
}

export interface PlateDrawing {
  readonly text: string
  readonly grain: Draw
  readonly hiding: Hiding
  readonly draw: PlateDrawer
}

/** A plate that can be replaced, seen before anything near it was blurred. */
export interface SeenPlate {
  readonly quad: Quad
  readonly rows: 1 | 2
  readonly aspect: number
  readonly patch: Patch
  readonly colours: PlateColours
}

/** Undefined where the corners or the colours leave a doubt. `known`: what the same plate is by a frame before. */
export function seePlate(canvas: Canvas, quad: Quad | undefined, known?: PlateKind): SeenPlate | undefined {
  const form = plateForm(quad, canvas)
  if (!form || !quad) return undefined
  const [x, y] = middleOf(quad)
  const grown = quad.map(([px, py]) => [x + (px - x) * GROW, y + (py - y) * GROW]) as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ]
  const patch = readPatch(canvas, placeOver(widened(boundsOf(grown), EDGE), MOST_PATCH))
  const colours = plateColours([patch.luma, ...patch.chroma], inPatch(grown, patch), patch.place, known)
  return colours && { quad: grown, rows: form.rows, aspect: form.width / form.height, patch, colours }
}

/**
 * Changes the planes, which were blurred there before: the blur gives way to what lies around it, and a plate is drawn
 * over that. @returns false where nothing was drawn
 */
export function replacePlate(canvas: Canvas, seen: SeenPlate, drawing: PlateDrawing): boolean {
  return inRoom(() => layPlate(canvas, seen, drawing))
}

function layPlate(canvas: Canvas, seen: SeenPlate, { text, grain, hiding, draw }: PlateDrawing): boolean {
  const { patch, colours } = seen
  const quad = inPatch(seen.quad, patch)
  const high = Math.hypot(quad[3][0] - quad[0][0], quad[3][1] - quad[0][1])
  const plate = draw(text, high, high * seen.aspect, colours.band)
  const planes = [patch.luma, ...patch.chroma]
  const composed = composePlate({ size: patch.place, planes, quad, plate, grain }, colours)
  if (!composed) return false
  fillMargin(canvas, hiding)
  const [luma = new Float32Array(), ...chroma] = composed.planes
  writeOverlay(canvas, { place: patch.place, cover: composed.cover, luma, chroma })
  return true
}

/** Of the mask's longer side: so much around it is looked at. */
const AROUND = 0.25

function fillMargin(canvas: Canvas, { shape, options }: Hiding): void {
  const { x1, y1, x2, y2 } = shapeBounds(shape)
  const [across, along] = [Math.min(x2 - x1, y2 - y1), Math.max(x2 - x1, y2 - y1)]
  const place = placeOver(widened([x1, y1, x2, y2], along * AROUND), MOST_FILL)
  const patch = readPatch(canvas, place)
  const { width, height, step, left, top } = place
  // The blur fades over a feather outside the mask: all of that is filled.
  const feather = (options.feather * across) / 2 + 1
  const from = distanceFrom(shape)
  const distance = unwritten(width * height)
  for (let y = 0; y < height; y++) {
    const row = distance.subarray(y * width, (y + 1) * width)
    distancesOfRow(row, from, { left, y: top + (y + 0.5) * step, step, feather })
  }
  const planes = [patch.luma, ...patch.chroma]
  const filled = fillAround({ size: place, planes, distance, across: across / step })
  const [luma = new Float32Array(), ...chroma] = filled.planes
  writeOverlay(canvas, { place, cover: filled.cover, luma, chroma })
}

/** Of pixels of `step` samples from `left` on, less the feather; all but the result in full-size pixels. */
function distancesOfRow(
  row: Float32Array,
  from: (x: number, y: number) => number,
  { left, y, step, feather }: Readonly<Record<'left' | 'y' | 'step' | 'feather', number>>,
): void {
  for (let x = 0; x < row.length; x++) row[x] = (from(left + (x + 0.5) * step, y) - feather) / step
}

const widened = ([x1, y1, x2, y2]: Box, by: number): Box => [x1 - by, y1 - by, x2 + by, y2 + by]

function boundsOf(quad: Quad): Box {
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)]
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
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
