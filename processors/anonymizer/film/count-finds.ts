// Counts what is hidden in a film while its frames are told.
import type { FrameDetections } from '#schemas/detection-document.ts'

export interface FindCounts {
  readonly faces: number
  readonly plates: number
  readonly framesHidden: number
}

export interface FindCounter {
  count(found: FrameDetections): void
  totals(): FindCounts
}

/** Tracks count once, untracked finds one by one. Ids are small numbers, so a set of them stays small. */
export function countFinds(): FindCounter {
  const tracks = { face: new Set<number>(), plate: new Set<number>() }
  const loose = { face: 0, plate: 0 }
  let framesHidden = 0
  return {
    count({ detections }) {
      if (detections.length > 0) framesHidden++
      for (const { class: name, track } of detections) {
        if (track === null) loose[name]++
        else tracks[name].add(track)
      }
    },
    totals: () => ({
      faces: tracks.face.size + loose.face,
      plates: tracks.plate.size + loose.plate,
      framesHidden,
    }),
  }
}
