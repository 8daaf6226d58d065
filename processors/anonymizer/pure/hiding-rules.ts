// Decides which detections are hidden, by the zones and the smallest size of a job; in doubt a detection is hidden.
import type { Box, Detection } from '#schemas/detection-document.ts'
import type { HidingRules, Zone } from '#schemas/hiding-rules.ts'
import { boundsOf } from './mask-shape.ts'
import { zoneHolds, zoneTouches } from './zone-overlap.ts'

/** Displayed pixels. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** The detections of one frame that are hidden, in their order. What a person drew is always hidden. */
export function hiddenDetections(
  detections: readonly Detection[],
  size: PictureSize,
  rules: HidingRules,
): Detection[] {
  return detections.filter((detection) => detection.origin === 'drawn' || isHidden(detection, size, rules))
}

function isHidden(detection: Detection, size: PictureSize, rules: HidingRules): boolean {
  const bounds = wholeBounds(detection)
  const longerSide = Math.max(bounds[2] - bounds[0], bounds[3] - bounds[1])
  if (rules.min_size !== undefined && longerSide < rules.min_size) return false
  const place = relativeBox(bounds, size)
  if (rules.include_zones && !rules.include_zones.some((zone: Zone) => zoneTouches(zone, place))) return false
  return !rules.exclude_zones?.some((zone: Zone) => zoneHolds(zone, place))
}

/** Box and quad together, in displayed pixels: neither may stick out of what is compared. */
function wholeBounds({ box, quad }: Detection): Box {
  if (!quad) return box
  const around = boundsOf(quad)
  return [
    Math.min(box[0], around[0]),
    Math.min(box[1], around[1]),
    Math.max(box[2], around[2]),
    Math.max(box[3], around[3]),
  ]
}

/** 0..1 of the picture; what reaches over its edge counts as far as it shows. */
function relativeBox(box: Box, { width, height }: PictureSize): Box {
  const part = (value: number, of: number): number => Math.min(Math.max(value / of, 0), 1)
  return [part(box[0], width), part(box[1], height), part(box[2], width), part(box[3], height)]
}
