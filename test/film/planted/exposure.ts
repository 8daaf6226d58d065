// Compares a film's detection document with what was planted: what lay open in which frame, and what was hidden for nothing.
import { maskShapeOf } from '#anonymizer/pure/mask-shape.ts'
import { spanInBand } from '#anonymizer/pure/shape-span.ts'
import type { Detection, FrameDetections, Quad } from '#schemas/detection-document.ts'
import { type Scene, shotStarts, truthAt } from './scene.ts'

export interface Exposure {
  /** Planted objects times the frames in which at least half of them shows. */
  readonly objectFrames: number
  /** Of them those of which less than nine tenths are under a mask, as "frame object: part hidden". */
  readonly exposed: readonly string[]
  /** Most frames in a row in which one object lay open. */
  readonly longestRun: number
  /** Exposed in the first or the last frame of a shot. */
  readonly atCuts: number
  /** Masks times frames of tracks that touch nothing planted in any frame. */
  readonly falseHides: number
  /** Masks times frames that touch nothing, of tracks that do in other frames: before an object came, after it went. */
  readonly earlyOrLateHides: number
}

const LEAST_VISIBLE = 0.5
const LEAST_HIDDEN = 0.9

export function exposureOf(scene: Scene, frames: readonly FrameDetections[]): Exposure {
  const starts = shotStarts(scene)
  const ends = new Set([...starts, ...starts.map((start) => start - 1), frames.length - 1])
  const exposed: string[] = []
  const runs = new Map<string, number>()
  let [objectFrames, longestRun, atCuts] = [0, 0, 0]
  const idle = new Map<number | null, number>()
  const trueTracks = new Set<number | null>()
  for (const { frame, detections } of frames) {
    const truth = truthAt(scene, frame)
    for (const { id, quad, class: name } of truth) {
      const { visible, hidden } = coverage(scene, quad, detections)
      const isOpen = visible >= LEAST_VISIBLE && hidden < LEAST_HIDDEN
      if (visible >= LEAST_VISIBLE) objectFrames++
      runs.set(id, isOpen ? (runs.get(id) ?? 0) + 1 : 0)
      longestRun = Math.max(longestRun, runs.get(id) ?? 0)
      if (!isOpen) continue
      exposed.push(`${frame} ${name} ${id}: ${hidden.toFixed(2)}`)
      if (ends.has(frame)) atCuts++
    }
    for (const found of detections) {
      if (truth.some(({ quad }) => touches(found, quad))) trueTracks.add(found.track)
      else idle.set(found.track, (idle.get(found.track) ?? 0) + 1)
    }
  }
  const idleOf = (isTrue: boolean): number =>
    [...idle].reduce((sum, [track, count]) => sum + (trueTracks.has(track) === isTrue ? count : 0), 0)
  const [falseHides, earlyOrLateHides] = [idleOf(false), idleOf(true)]
  return { objectFrames, exposed, longestRun, atCuts, falseHides, earlyOrLateHides }
}

/** Parts of the quad's samples that lie in the picture, and of those that lie under a mask. */
export function coverage(
  { width, height }: { readonly width: number; readonly height: number },
  quad: Quad,
  detections: readonly Detection[],
): { readonly visible: number; readonly hidden: number } {
  const shapes = detections.map((detection) => maskShapeOf(detection, true))
  const [ys, whole] = [quad.map(([, y]) => y), { kind: 'quad', corners: quad } as const]
  let [all, inside, hidden] = [0, 0, 0]
  for (let y = Math.ceil(Math.min(...ys)); y < Math.max(...ys); y += 2) {
    const span = spanInBand(whole, y, y)
    if (!span) continue
    const masks = shapes.flatMap((shape) => spanInBand(shape, y, y) ?? [])
    for (let x = Math.ceil(span.from); x < span.to; x += 2) {
      all++
      if (x < 0 || y < 0 || x >= width || y >= height) continue
      inside++
      if (masks.some(({ from, to }) => x >= from && x <= to)) hidden++
    }
  }
  return { visible: all === 0 ? 0 : inside / all, hidden: inside === 0 ? 1 : hidden / inside }
}

function touches({ box }: Detection, quad: Quad): boolean {
  const xs = quad.map(([x]) => x)
  const ys = quad.map(([, y]) => y)
  return (
    box[0] < Math.max(...xs) &&
    box[2] > Math.min(...xs) &&
    box[1] < Math.max(...ys) &&
    box[3] > Math.min(...ys)
  )
}
