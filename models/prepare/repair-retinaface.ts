// Turns the RetinaFace weights of a Python package into a graph of ours: bytes in, the best finds' numbers out.
import { floats, integers, node, valueInfo } from './graph-parts.ts'
import { ONNX_FLOAT, ONNX_INT64, ONNX_UINT8, type OnnxModel } from './onnx-file.ts'

/** Anchors given out at most, best first; about ten lie on every face. */
const MOST_ANCHORS = 2000
/** BGR, as the network was trained (biubug6/Pytorch_Retinaface, Caffe's ImageNet mean). */
const MEAN = [104, 117, 123]

/**
 * Input `image`: uint8 [1, height, width, 3], RGB, sides multiples of 32. Outputs, surest anchor first: `scores` [K],
 * `anchors` [K] (its number: strides 8, 16, 32 one after the other, rows, columns, two sizes each), `places` [K, 4]
 * and `points` [K, 10], both relative to the anchor: Deng et al., RetinaFace, 2019; SSD's encoding with variances
 * .1 and .2. What an anchor's number stands for is told by processors/anonymizer/pure/face-anchor.ts.
 */
export function repairRetinaface(model: OnnxModel): OnnxModel {
  const { graph } = model
  if (
    graph.input.map((each) => each.name).join() !== 'input' ||
    graph.output.map((each) => each.name).join() !== 'loc,conf,landmarks'
  )
    throw new Error('the file is not the RetinaFace graph that this repair was written for')
  return {
    ...model,
    irVersion: 7,
    opsetImport: [{ domain: '', version: 12 }],
    graph: {
      name: 'retinaface',
      initializer: [
        ...graph.initializer,
        integers('c/bgr', [2, 1, 0]),
        floats('c/mean', MEAN, [1, 3, 1, 1]),
        integers('c/flat', [-1]),
        integers('c/face', [1], []),
        integers('c/most', [MOST_ANCHORS]),
        integers('c/4x', [-1, 4]),
        integers('c/10x', [-1, 10]),
      ],
      node: [
        node('Transpose', ['image'], ['image/planes'], { perm: [0, 3, 1, 2] }),
        node('Gather', ['image/planes', 'c/bgr'], ['image/bgr'], { axis: 1 }),
        node('Cast', ['image/bgr'], ['image/float'], { to: ONNX_FLOAT }),
        node('Sub', ['image/float', 'c/mean'], ['input']),
        ...graph.node,
        node('Gather', ['conf', 'c/face'], ['face/of'], { axis: 2 }),
        node('Reshape', ['face/of', 'c/flat'], ['face/list']),
        node('Shape', ['face/list'], ['face/count']),
        node('Min', ['face/count', 'c/most'], ['face/k']),
        node('TopK', ['face/list', 'face/k'], ['scores', 'anchors'], { axis: 0, largest: 1, sorted: 1 }),
        node('Reshape', ['loc', 'c/4x'], ['place/list']),
        node('Gather', ['place/list', 'anchors'], ['places'], { axis: 0 }),
        node('Reshape', ['landmarks', 'c/10x'], ['point/list']),
        node('Gather', ['point/list', 'anchors'], ['points'], { axis: 0 }),
      ],
      input: [valueInfo('image', ONNX_UINT8, [1, 'height', 'width', 3])],
      output: [
        valueInfo('scores', ONNX_FLOAT, ['finds']),
        valueInfo('anchors', ONNX_INT64, ['finds']),
        valueInfo('places', ONNX_FLOAT, ['finds', 4]),
        valueInfo('points', ONNX_FLOAT, ['finds', 10]),
      ],
    },
  }
}
