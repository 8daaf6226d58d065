// Fits the mesh of every face of a picture; along a track of a film one look a frame is enough, and points do not tremble.
import type { Box } from '#schemas/detection-document.ts'
import type { Appearance } from './appearance.ts'
import type { Canvas } from './canvas.ts'
import type { FaceMesh } from './face-mesh.ts'
import { type FaceFitting, type FaceToFit, fitFace } from './fit-face.ts'
import { memoryOf } from './memory-of.ts'
import { faceWidth, placeFace } from './pure/face-mesh-shape.ts'
import type { FitDoubt } from './pure/fit-doubts.ts'
import { calmed, type FilterState } from './pure/one-euro-filter.ts'
import { type Steadiness, steadied } from './pure/steady-choice.ts'
import { type LastLook, planLook } from './pure/track-look.ts'

/** A face along a track: `track` and `seconds` (time of the frame) tell where; a picture's faces have neither. */
export interface FaceOnTrack extends FaceToFit {
  readonly track: number | null
  readonly seconds: number | undefined
}

export interface TrackFaces {
  /** `fit`: points of the face, calmed along its track. @throws {PermanentFailure} DETECTION_FAILED */
  fit(canvas: Canvas, face: FaceOnTrack): Promise<FaceFitting>
}

interface Track {
  readonly last: LastLook
  readonly why: FitDoubt
  readonly steadiness: Steadiness
  readonly filter: FilterState | undefined
}

/** Tracks that are remembered at a time. */
const MOST_TRACKS = 200

/** `onSwitch`: a track's face goes from synthetic to blurred or back. */
export function trackFaces(
  models: { readonly mesh: FaceMesh; readonly appearance: Appearance },
  onSwitch: () => void,
): TrackFaces {
  const tracks = memoryOf<number, Track>(MOST_TRACKS)
  return {
    async fit(canvas, { track, seconds, ...face }) {
      if (track === null || seconds === undefined) return fitFace(canvas, face, models)
      const before = tracks.get(track)
      const plan = planLook(before?.last, { seconds, box: face.box }, before?.steadiness.isDrawn ?? false)
      if (plan.do === 'rest' && before) {
        const rested = before.last.rested + 1
        tracks.set(track, { ...before, last: { ...before.last, rested } })
        return { verdict: 'doubt', why: before.why }
      }
      const expected = plan.do === 'follow' ? plan.expected : undefined
      const fitting = await fitFace(canvas, face, models, expected)
      const { fit, next } = along(before, fitting, { seconds, box: face.box }, models.appearance)
      if (before && before.steadiness.isDrawn !== next.steadiness.isDrawn) onSwitch()
      tracks.set(track, next)
      return fit
    },
  }
}

/** What a look means for its track: a face that was in doubt must be sure for a while, and points follow softly. */
function along(
  before: Track | undefined,
  fitting: FaceFitting,
  { seconds, box }: { readonly seconds: number; readonly box: Box },
  { topology }: Appearance,
): { readonly fit: FaceFitting; readonly next: Track } {
  const isSure = fitting.verdict === 'fit'
  const { state: steadiness, isDrawn } = steadied(before?.steadiness, isSure, seconds)
  const points = isSure ? fitting.points : undefined
  const last = { seconds, box, points, rested: 0 }
  if (!isSure) return { fit: fitting, next: { last, why: fitting.why, steadiness, filter: undefined } }
  const placed = isDrawn ? placeFace(fitting.points, topology) : undefined
  const filter = placed && calmed(fitting.points, faceWidth(placed.pose), seconds, before?.filter)
  const next = { last, why: 'unsteady', steadiness, filter } as const
  if (!filter) return { fit: { verdict: 'doubt', why: 'unsteady' }, next }
  return { fit: { verdict: 'fit', points: filter.values }, next }
}
