// Hides the detections of one picture or film by synthetic faces and plates; what is not surely replaced is blurred.
import { createHmac } from 'node:crypto'
import type { Detection, Quad } from '#schemas/detection-document.ts'
import { type Hiding, hideShapes } from '../hide/hide-shapes.ts'
import type { Appearance } from './appearance.ts'
import type { Canvas } from './canvas.ts'
import type { FaceMesh } from './face-mesh.ts'
import { type Memory, memoryOf } from './memory-of.ts'
import type { PlateKind } from './pure/compose-plate.ts'
import { drawIdentity, type Identity } from './pure/identity.ts'
import { plateText } from './pure/plate-text.ts'
import { type Draw, seededDraw, wholeDraw } from './pure/seeded-draws.ts'
import { noSynCounts, type SynCounts } from './pure/syn-facts.ts'
import { type ReadyIdentity, readyIdentity, replaceFace } from './replace-face.ts'
import { plateDrawer, replacePlate, type SeenPlate, seePlate } from './replace-plate.ts'
import { type SeenFace, seeFace } from './see-face.ts'
import { type TrackFaces, trackFaces } from './track-faces.ts'
import { trackMeasures } from './track-measures.ts'

export interface SynModels {
  readonly mesh: FaceMesh
  readonly appearance: Appearance
}
export interface SynSettings {
  /** Synthetic faces and plates; else the blur. */
  readonly faces: boolean
  readonly plates: boolean
  /** `track`: everybody gets a face of their own; `job`: everybody in the job gets the same. */
  readonly scope: 'track' | 'job'
  /** Secret of the job: without it no identity can be drawn again. */
  readonly seed: Uint8Array
  /** Tells the files of a job apart. */
  readonly file: string
  /** Hears the text of each plate that was drawn, for measurements. */
  readonly onPlate?: (plate: DrawnPlate) => void
}

export interface DrawnPlate {
  readonly text: string
  /** Pixels of the canvas. */
  readonly quad: Quad
}

/** A detection in the canvas's own pixels (box, quad and roll), and how it is hidden if not replaced. */
export interface SynItem {
  readonly detection: Detection
  readonly hiding: Hiding
}

export interface Synthesizer {
  /**
   * Changes the canvas's planes in place. `seconds`: time of the frame in a film.
   * @throws {PermanentFailure} DETECTION_FAILED @throws {RangeError}
   */
  hide(canvas: Canvas, items: readonly SynItem[], seconds?: number): Promise<void>
  /** Counts detections that the caller blurred because nothing may be drawn there. */
  blurredInstead(detections: readonly Detection[]): void
  readonly counts: SynCounts
}

/** Textures kept ready; beyond it they are mixed again from the identity, which is kept. */
const MOST_READY = 24
/** Plates whose kind is remembered. */
const MOST_PLATES = 200

export function createSynthesizer(models: SynModels, settings: SynSettings): Synthesizer {
  const counts = noSynCounts()
  const identities = identityBook(models.appearance, settings)
  const tracks = trackFaces(models, () => {
    counts.facesSwitched++
  })
  const measures = trackMeasures()
  const drawPlate = plateDrawer()
  const plateKinds = memoryOf<string, PlateKind>(MOST_PLATES)
  const drawFor = (what: string): Draw => seededDraw(keyOf(settings, what))
  return {
    counts,
    blurredInstead(detections) {
      for (const { class: kind } of detections) {
        if (kind === 'plate') counts.platesBlurred += settings.plates ? 1 : 0
        else counts.facesBlurred.see_through += settings.faces ? 1 : 0
      }
    },
    async hide(canvas, items, seconds) {
      // Everything is seen before anything is changed.
      const faces = settings.faces
        ? await fitFaces(canvas, items, { models, tracks, counts, seconds, isKnown: identities.isKnown })
        : []
      const plates = settings.plates ? seePlates(canvas, items, plateKinds) : []
      const replaced = new Set(faces.map(({ item }) => item))
      hideShapes(
        canvas.planes,
        items.filter((item) => !replaced.has(item)).map(({ hiding }) => hiding),
      )
      for (const { who, points, seen } of faces) {
        const grain = drawFor(`grain ${who}`)
        const known = measures.known(who, seconds)
        const { appearance } = models
        const now = replaceFace(canvas, points, identities.of(who, seen), { appearance, grain, known })
        if (now) measures.remember(who, seconds, now)
        counts.facesReplaced++
      }
      for (const { who, seen, hiding } of plates) {
        const text = plateText(drawFor(`plate ${who} ${seen.rows}`), seen.rows)
        const grain = drawFor(`grain ${who}`)
        if (!replacePlate(canvas, seen, { text, hiding, grain, draw: drawPlate })) continue
        counts.platesReplaced++
        settings.onPlate?.({ text, quad: seen.quad })
      }
      const seenPlates = items.filter(({ detection }) => detection.class === 'plate').length
      if (settings.plates) counts.platesBlurred += seenPlates - plates.length
    },
  }
}

interface FittedFace {
  readonly item: SynItem
  readonly who: string
  /** x, y, depth in full-size pixels. */
  readonly points: Float64Array
  readonly seen: SeenFace | undefined
}

interface FaceFitting {
  readonly models: SynModels
  readonly tracks: TrackFaces
  readonly counts: SynCounts
  readonly isKnown: (who: string) => boolean
  readonly seconds: number | undefined
}

async function fitFaces(
  canvas: Canvas,
  items: readonly SynItem[],
  { models, tracks, counts, isKnown, seconds }: FaceFitting,
): Promise<readonly FittedFace[]> {
  const fitted: FittedFace[] = []
  for (const item of items) {
    const { detection } = item
    if (detection.class !== 'face') continue
    const { box, roll = 0, track } = detection
    const fitting = await tracks.fit(canvas, { box, roll, track, seconds })
    if (fitting.verdict === 'doubt') {
      counts.facesBlurred[fitting.why]++
      continue
    }
    const { points } = fitting
    const who = nameOf(detection, fitted.length)
    const seen = isKnown(who) ? undefined : seeFace(canvas, points, models.appearance)
    fitted.push({ item, who, points, seen })
  }
  return fitted
}

interface PlateInHand {
  readonly who: string
  readonly hiding: Hiding
  readonly seen: SeenPlate
}

/** A track's plate keeps its kind: colours that are hard to tell must not change from frame to frame. */
function seePlates(
  canvas: Canvas,
  items: readonly SynItem[],
  kinds: Memory<string, PlateKind>,
): readonly PlateInHand[] {
  return items.flatMap(({ detection, hiding }, i) => {
    if (detection.class !== 'plate') return []
    const who = nameOf(detection, i)
    const seen = seePlate(canvas, detection.quad, detection.track === null ? undefined : kinds.get(who))
    if (seen) kinds.set(who, seen.colours)
    return seen ? [{ who, hiding, seen }] : []
  })
}

const nameOf = ({ track }: Detection, index: number): string =>
  track === null ? `still ${index}` : `track ${track}`

const keyOf = ({ seed, file }: SynSettings, what: string): Uint8Array =>
  createHmac('sha256', seed).update(`${file}\n${what}`).digest()

interface IdentityBook {
  isKnown(who: string): boolean
  of(who: string, seen: SeenFace | undefined): ReadyIdentity
}

/** Remembers who got which face; the first sight of an original decides what is far from it. */
function identityBook(appearance: Appearance, settings: SynSettings): IdentityBook {
  const known = new Map<string, Identity>()
  const ready = new Map<string, ReadyIdentity>()
  const together = settings.scope === 'job'
  const draw = (name: string, seen: SeenFace | undefined): Identity => {
    const next = seededDraw(keyOf(together ? { ...settings, file: '' } : settings, `face ${name}`))
    if (seen && !together) return drawIdentity(next, seen.prior, seen.original)
    return drawIdentity(next, appearance.priorOfGroup(wholeDraw(next, 2)), undefined)
  }
  return {
    isKnown: (who) => together || known.has(who),
    of(who, seen) {
      const name = together ? 'everybody' : who
      const identity = known.get(name) ?? draw(name, seen)
      known.set(name, identity)
      const made = ready.get(name) ?? readyIdentity(appearance, identity)
      ready.delete(name)
      ready.set(name, made)
      const [oldest] = ready.keys()
      if (ready.size > MOST_READY && oldest !== undefined) ready.delete(oldest)
      return made
    },
  }
}
