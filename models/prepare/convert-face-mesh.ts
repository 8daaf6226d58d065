// Turns MediaPipe's face mesh (a TensorFlow Lite file) into our ONNX graph: bytes in, points in pixels and presence out.
import { convertConvolutions, tensorName } from './convert-convolutions.ts'
import { floats, integers, node, valueInfo } from './graph-parts.ts'
import { ONNX_FLOAT, ONNX_UINT8, type OnnxModel } from './onnx-file.ts'
import { readTflite } from './tflite-file.ts'

/** Pixels of a side of the crop. */
const SIDE = 192
const POINTS = 468
const IR_VERSION = 8
const OPSET = 13

/**
 * Input `image`: uint8 [1, 192, 192, 3], RGB: the face's box, one and a half times as large, turned upright. Outputs
 * `points` [1, 468, 3]: x, y in the crop's pixels and depth on the same scale (less is nearer), and `presence` [1]:
 * probability of a face. Kartynnik et al., Real-time Facial Surface Geometry from Monocular Video, 2019.
 */
export function convertFaceMesh(bytes: Uint8Array): OnnxModel {
  const graph = readTflite(bytes)
  const [input = -1] = graph.inputs
  const [points = -1, presence = -1] = graph.outputs
  if (graph.tensors[points]?.shape.at(-1) !== POINTS * 3)
    throw new Error('the file is not the face mesh that this conversion was written for')
  const { nodes, initializers } = convertConvolutions(graph)
  return {
    irVersion: IR_VERSION,
    producerName: 'syntonym',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'face-mesh',
      initializer: [
        floats('c/half', [127.5], []),
        floats('c/one', [1], []),
        integers('c/points', [1, POINTS, 3]),
        integers('c/presence', [1]),
        ...initializers,
      ],
      node: [
        node('Transpose', ['image'], ['image/planes'], { perm: [0, 3, 1, 2] }),
        node('Cast', ['image/planes'], ['image/float'], { to: ONNX_FLOAT }),
        node('Div', ['image/float', 'c/half'], ['image/scaled']),
        node('Sub', ['image/scaled', 'c/one'], [tensorName(input)]),
        ...nodes,
        node('Reshape', [tensorName(points), 'c/points'], ['points']),
        node('Sigmoid', [tensorName(presence)], ['presence/map']),
        node('Reshape', ['presence/map', 'c/presence'], ['presence']),
      ],
      input: [valueInfo('image', ONNX_UINT8, [1, SIDE, SIDE, 3])],
      output: [valueInfo('points', ONNX_FLOAT, [1, POINTS, 3]), valueInfo('presence', ONNX_FLOAT, [1])],
    },
  }
}
