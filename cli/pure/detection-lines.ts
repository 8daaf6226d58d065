// Turns a detection document into the lines that `syntonym detect` prints: one for a picture, one for each frame of a film.
import { hiddenDetections } from '#anonymizer/pure/hiding-rules.ts'
import type { Detection, DetectionDocument } from '#schemas/detection-document.ts'
import type { HidingRules } from '#schemas/hiding-rules.ts'

const SCORE_DIGITS = 4
const PIXEL_DIGITS = 2

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

function detectionLine(detection: Detection, hidden: boolean): object {
  return {
    class: detection.class,
    score: rounded(detection.score, SCORE_DIGITS),
    box: detection.box.map((value) => rounded(value, PIXEL_DIGITS)),
    ...(detection.quad === undefined
      ? {}
      : { quad: detection.quad.map((corner) => corner.map((value) => rounded(value, PIXEL_DIGITS))) }),
    track: detection.track,
    origin: detection.origin,
    hidden,
  }
}

/** Coordinates in displayed pixels, after orientation; `pts` in seconds. `hidden`: whether `hide` would hide it by these rules. */
export function* detectionLines(
  file: string,
  document: DetectionDocument,
  rules: HidingRules,
): Generator<object> {
  const facts = { file, width: document.width, height: document.height }
  for (const frame of document.frames) {
    const hidden = new Set(hiddenDetections(frame.detections, document, rules))
    const detections = frame.detections.map((each) => detectionLine(each, hidden.has(each)))
    if (document.kind === 'picture') yield { ...facts, detections }
    else yield { ...facts, frame: frame.frame, pts: rounded(frame.pts, 6), detections }
  }
}
