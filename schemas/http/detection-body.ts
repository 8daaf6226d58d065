// The detection document as the API hands it out, with an example.
import { type DetectionDocument, detectionDocumentSchema } from '../detection-document.ts'

const example: DetectionDocument = {
  version: 1,
  kind: 'picture',
  width: 1920,
  height: 1080,
  rotation: 0,
  timeBase: null,
  models: [{ id: 'centerface', sha256: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c' }],
  thresholds: { face: 0.5, plate: 0.5 },
  frames: [
    {
      frame: 0,
      pts: 0,
      looked: true,
      detections: [
        { class: 'face', score: 0.93, box: [812, 300, 868, 371], track: null, origin: 'detected', roll: 4 },
      ],
    },
  ],
}

export const detectionBodySchema = detectionDocumentSchema.meta({
  id: 'DetectionDocument',
  description: 'What was found where and when, how surely, and by what. Coordinates are displayed pixels.',
  examples: [example],
})
export const DETECTION_EXAMPLE = example
