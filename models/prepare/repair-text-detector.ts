// Turns the published PP-OCRv4 text detector into ours: bytes in, bytes out, normalisation inside.
import { floats, integers, node, valueInfo } from './graph-parts.ts'
import { ONNX_FLOAT, ONNX_UINT8, type OnnxModel } from './onnx-file.ts'

/** PaddleOCR applies ImageNet's RGB numbers to BGR channels; so must we (PP-OCR's own configuration). */
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]

/**
 * Input `image`: uint8 [1, height, width, 3], RGB, sides multiples of 32. Output `text`: uint8 [1, 1, height, width],
 * 255 times the probability that the pixel lies in the middle part of a line of text (Liao et al., DB, 2020).
 */
export function repairTextDetector(model: OnnxModel): OnnxModel {
  const input = model.graph.input[0]?.name
  const output = model.graph.output[0]?.name
  if (input === undefined || output === undefined || model.graph.input.length !== 1)
    throw new Error('the file is not the text detector that this repair was written for')
  return {
    ...model,
    graph: {
      ...model.graph,
      initializer: [
        ...model.graph.initializer,
        integers('c/bgr', [2, 1, 0]),
        floats(
          'c/mean',
          MEAN.map((mean) => mean * 255),
          [1, 3, 1, 1],
        ),
        floats(
          'c/deviation',
          DEVIATION.map((deviation) => deviation * 255),
          [1, 3, 1, 1],
        ),
        floats('c/255', [255], []),
      ],
      node: [
        node('Transpose', ['image'], ['image/planes'], { perm: [0, 3, 1, 2] }),
        node('Gather', ['image/planes', 'c/bgr'], ['image/bgr'], { axis: 1 }),
        node('Cast', ['image/bgr'], ['image/float'], { to: ONNX_FLOAT }),
        node('Sub', ['image/float', 'c/mean'], ['image/centred']),
        node('Div', ['image/centred', 'c/deviation'], [input]),
        ...model.graph.node,
        node('Mul', [output, 'c/255'], ['text/255']),
        node('Cast', ['text/255'], ['text'], { to: ONNX_UINT8 }),
      ],
      input: [valueInfo('image', ONNX_UINT8, [1, 'height', 'width', 3])],
      output: [valueInfo('text', ONNX_UINT8, [1, 1, 'height', 'width'])],
    },
  }
}
