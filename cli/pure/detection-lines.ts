// Turns a detection document into the lines that `syntonym detect` prints: one for a picture, one for each frame of a film.
import type { Detection, DetectionDocument } from '#schemas/detection-document.ts'

const SCORE_DIGITS = 4
const PIXEL_DIGITS = 2

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

function detectionLine(detection: Detection): object {
  return {
    class: detection.class,
    score: rounded(detection.score, SCORE_DIGITS),
    box: detection.box.map((value) => rounded(value, PIXEL_DIGITS)),
    ...(detection.quad === undefined
      ? {}
      : { quad: detection.quad.map((corner) => corner.map((value) => rounded(value, PIXEL_DIGITS))) }),
    track: detection.track,
    origin: detection.origin,
  }
}

/** Coordinates in displayed pixels, after orientation; `pts` in seconds. */
export function* detectionLines(file: string, document: DetectionDocument): Generator<object> {
  const facts = { file, width: document.width, height: document.height }
  for (const frame of document.frames) {
    const detections = frame.detections.map(detectionLine)
    if (document.kind === 'picture') yield { ...facts, detections }
    else yield { ...facts, frame: frame.frame, pts: rounded(frame.pts, 6), detections }
  }
}
