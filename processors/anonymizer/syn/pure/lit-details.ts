// Puts an identity's details into the light of a place: as strong, as colourful, as sharp and as grainy as the original's.

import { drawEye, type EyeLook } from './draw-eye.ts'
import { drawTexture, drawVertexValues, type TexturePlanes } from './draw-texture.ts'
import { fallingExponential } from './falling-exponential.ts'
import { measureSharpness, type Sharpening, sharpened, withGrain } from './match-sharpness.ts'
import { nthSmallest } from './nth-smallest.ts'
import { unwritten, zeroed } from './plane-room.ts'
import type { Draw } from './seeded-draws.ts'
import { type LipsToShut, shutLips } from './shut-lips.ts'
import { smoothStep } from './smooth-step.ts'

/** Least mean size of brightness details that a face is given, of 255, and how far its own may go. */
const CONTRAST = { least: 3, most: 18 }
/** Every seventh pixel tells it as well as all. */
const STRIDE = 7
/** Part of the sizes that count for it: a fringe, a frame or a beard is in the rest. */
const USUAL = 0.85
/** By the light: how far a shine goes above it, and a shadow below. */
const SHINE = { part: 0.2, more: 6 }
const SHADE = 0.75
/** By the original's: a little more colour by its brightness details than it had is not seen. */
const MORE_COLOUR = 1.3
/** Hues by contrast: of a tinted print, and from where a picture is a photograph in colour. */
const PRINT = { until: 0.08, photograph: 0.2 }

export type ShutLips = Pick<LipsToShut, 'corners' | 'weights' | 'innerLips' | 'shut'>

export interface DetailsToLight {
  readonly side: number
  /** The patch: brightness, then two colour differences or none. And its light. */
  readonly planes: readonly Float32Array[]
  readonly light: readonly Float32Array[]
  /** How much a pixel counts for what the original is like, 0..1. */
  readonly within: Float32Array
  readonly original: Float64Array
  readonly drawn: Float64Array
  readonly corners: ArrayLike<number>
  readonly texture: TexturePlanes
  readonly textureAt: Float64Array
  /** How much of the details is drawn at each vertex. */
  readonly strength: Float32Array
  readonly eyes: readonly (readonly number[])[]
  readonly look: Omit<EyeLook, 'colour'>
  readonly lips: ShutLips
  readonly faceWidth: number
  readonly grain: Draw
}

/** What was measured of an original for the details that take its place. */
export interface DetailMeasures extends Contrast, Sharpening {}

interface Contrast {
  /** By which brightness and colour differences of the identity's details are multiplied. */
  readonly gain: number
  readonly byColour: number
  /** How much of a photograph in colour the picture is, 0..1; and how much of each colour follows from brightness. */
  readonly colour: number
  readonly slopes: readonly number[]
}

export interface LitDetails {
  /** The synthetic face everywhere where its mesh lies, and the light elsewhere. */
  readonly planes: readonly Float32Array[]
  readonly measures: DetailMeasures
}

/** What was measured of the same face shortly before. */
export interface KnownDetails {
  readonly measures: DetailMeasures
  /** Of what is measured now so much is taken over, 0..1, so that a face's look does not jump; 0: nothing is measured. */
  readonly renewed: number
}

export function litDetails(task: DetailsToLight, known?: KnownDetails): LitDetails {
  const { side, planes, light, drawn, corners } = task
  const details = planes.map(() => zeroed(side * side))
  const covered = zeroed(side * side)
  drawTexture(task.texture, { from: task.textureAt, to: drawn, corners }, { side, planes: details, covered })
  const strength = drawVertexValues(drawn, corners, task.strength, side)
  const [luma = new Float32Array(), lit = new Float32Array()] = [details[0], light[0]]
  const isMeasured = !known || known.renewed > 0
  const original = isMeasured ? planes.map((plane, p) => without(plane, light[p])) : []
  const inside = isMeasured ? counted(task.within) : new Float32Array()
  const measured = isMeasured ? eased(known, contrastAndColour(original, details, inside)) : known.measures
  const { gain, byColour, colour, slopes } = measured
  lightUp(luma, strength, lit, gain)
  details.slice(1).forEach((plane, p) => {
    // Ink has one colour for each brightness.
    tint(plane, strength, luma, { byColour, ink: (1 - colour) * (slopes[p] ?? 0) })
  })
  details.forEach((plane, p) => {
    addTo(plane, light[p], 1)
  })
  task.eyes.forEach((lids, i) => {
    const look = { ...task.look, colour }
    drawEye(details, { ...task, lids, look, turn: i === 0 ? 1 : -1 })
  })
  shutLips(luma, { ...task, ...task.lips, light: lit })
  addTo(luma, lit, -1)
  const [was = new Float32Array()] = original
  const sharp = inSharpness(luma, { side, was, inside, known, grain: task.grain })
  luma.set(sharp.values)
  addTo(luma, lit, 1)
  return { planes: details, measures: { ...measured, ...sharp.sharpening } }
}

function lightUp(luma: Float32Array, strength: Float32Array, light: Float32Array, gain: number): void {
  for (let i = 0; i < luma.length; i++)
    luma[i] = within(gain * (strength[i] ?? 0) * (luma[i] ?? 0), light[i] ?? 0)
}

function tint(
  plane: Float32Array,
  strength: Float32Array,
  luma: Float32Array,
  { byColour, ink }: { readonly byColour: number; readonly ink: number },
): void {
  for (let i = 0; i < plane.length; i++)
    plane[i] = byColour * Math.min(1, strength[i] ?? 0) * (plane[i] ?? 0) + ink * (luma[i] ?? 0)
}

function inSharpness(
  detail: Float32Array,
  task: {
    readonly side: number
    readonly was: Float32Array
    readonly inside: Float32Array
    readonly known: KnownDetails | undefined
    readonly grain: Draw
  },
): { readonly values: Float32Array; readonly sharpening: Sharpening } {
  const { was, inside, known, grain } = task
  const size = { width: task.side, height: task.side }
  if (known?.renewed === 0)
    return { values: sharpened(detail, size, known.measures, grain), sharpening: known.measures }
  const { values, needs } = measureSharpness({ detail, original: was, within: inside, size, quantile: 0.5 })
  if (!known) return { values: withGrain(values, size, needs.grainSize, grain), sharpening: needs }
  const part = (before: number, now: number): number => before + known.renewed * (now - before)
  const sharpening = {
    sigma: part(known.measures.sigma, needs.sigma),
    grainSize: part(known.measures.grainSize, needs.grainSize),
  }
  return { values: sharpened(detail, size, sharpening, grain), sharpening }
}

/** `details`: the identity's, as the texture has them. */
function contrastAndColour(
  original: readonly Float32Array[],
  details: readonly Float32Array[],
  inside: Float32Array,
): Contrast {
  const [was = new Float32Array(), ...colours] = original
  const [luma = new Float32Array(), ...drawnColours] = details
  const had = usualSize(was, inside)
  const has = usualSize(luma, inside)
  const gain = Math.min(CONTRAST.most, Math.max(CONTRAST.least, had)) / Math.max(0.05, has)
  const tints = colours.map((plane) => tintOf(plane, was, inside))
  const hues = tints.reduce((sum, tint) => sum + tint.hues, 0)
  const colour = smoothStep(hues / Math.max(1, had), PRINT.until, PRINT.photograph)
  const drawnHues = drawnColours.reduce((sum, plane) => sum + usualSize(plane, inside), 0)
  const byColour = colour * Math.min(gain, (MORE_COLOUR * hues) / Math.max(0.02, drawnHues))
  return { gain, byColour, colour, slopes: tints.map(({ slope }) => slope) }
}

function eased(known: KnownDetails | undefined, now: Contrast): Contrast {
  if (!known) return now
  const { measures: before, renewed } = known
  const part = (a: number, b: number): number => a + renewed * (b - a)
  return {
    gain: part(before.gain, now.gain),
    byColour: part(before.byColour, now.byColour),
    colour: part(before.colour, now.colour),
    slopes: now.slopes.map((slope, p) => part(before.slopes[p] ?? slope, slope)),
  }
}

function without(plane: Float32Array, light: Float32Array | undefined): Float32Array {
  const own = unwritten(plane.length)
  own.set(plane)
  addTo(own, light, -1)
  return own
}

function counted(weights: Float32Array): Float32Array {
  const inside = unwritten(weights.length)
  for (let i = 0; i < inside.length; i++) inside[i] = (weights[i] ?? 0) > 0 ? 1 : 0
  return inside
}

/** What of a colour follows from brightness, and the usual size of the rest. */
function tintOf(
  plane: Float32Array,
  luma: Float32Array,
  inside: Float32Array,
): { readonly slope: number; readonly hues: number } {
  let [both, own] = [0, 1]
  for (let i = 0; i < plane.length; i++) {
    if (inside[i] !== 1) continue
    both += (plane[i] ?? 0) * (luma[i] ?? 0)
    own += (luma[i] ?? 0) ** 2
  }
  const slope = both / own
  return {
    slope,
    hues: usualSize(plane, inside, luma, slope),
  }
}

/** A shine and a shadow end softly. */
function within(detail: number, light: number): number {
  const most = detail > 0 ? SHINE.part * light + SHINE.more : SHADE * light + 1
  const size = 1 - fallingExponential(Math.abs(detail) / most)
  return detail > 0 ? most * size : -most * size
}

function addTo(values: Float32Array, more: Float32Array | undefined, by: 1 | -1): void {
  if (!more) return
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + by * (more[i] ?? 0)
}

/** Mean size of the smaller USUAL part of `values`, less `slope` of `other`. */
function usualSize(values: Float32Array, inside: Float32Array, other = values, slope = 0): number {
  const sizes = unwritten(Math.ceil(values.length / STRIDE))
  let count = 0
  for (let i = 0; i < values.length; i += STRIDE)
    if (inside[i] === 1) sizes[count++] = Math.abs((values[i] ?? 0) - slope * (other[i] ?? 0))
  const usual = Math.floor(count * USUAL)
  nthSmallest(sizes, count, usual)
  let sum = 0
  for (let i = 0; i < usual; i++) sum += sizes[i] ?? 0
  return sum / Math.max(1, usual)
}
