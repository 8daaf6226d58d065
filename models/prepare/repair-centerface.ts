// Turns the published CenterFace file into ours: free picture size, bytes in, the best finds out, faster by a half.
import { floats, integers, node, valueInfo } from './graph-parts.ts'
import { ONNX_FLOAT, ONNX_UINT8, type OnnxModel, type OnnxNode, type OnnxTensor } from './onnx-file.ts'

/** Finds given out at most, best first. More than fit on a 640-pixel picture of a crowd. */
export const MAX_FACES = 1000
/** Pixels of the input per cell of the output maps. */
const STRIDE = 4

/**
 * The published graph lists its weights as inputs, so that no runtime can fold batch normalisation into the
 * convolutions, and fixes its size. Here the weights are constants and the size is free (sides multiples of 32).
 * Input `image`: uint8 [1, height, width, 3], RGB. Outputs in input pixels, best first: `scores` [K],
 * `boxes` [K, 4] as x1 y1 x2 y2, `points` [K, 10] as x y of right eye, left eye, nose, right and left mouth corner
 * (right and left of the person). A find is a local maximum (3 x 3) of the heat map: Zhou et al., Objects as Points,
 * 2019, section 3; decoding as in Xu et al., CenterFace, 2019.
 */
export function repairCenterface(model: OnnxModel): OnnxModel {
  const weights = new Set(model.graph.initializer.map((tensor) => tensor.name))
  const inputs = model.graph.input.filter((input) => !weights.has(input.name))
  const outputs = model.graph.output.map((output) => output.name)
  if (inputs.length !== 1 || inputs[0]?.name !== 'input.1' || outputs.join() !== '537,538,539,540')
    throw new Error('the file is not the CenterFace graph that this repair was written for')
  const used = new Set(model.graph.node.flatMap((each) => each.input))
  const decoding = decodeNodes()
  return {
    ...model,
    irVersion: 7,
    opsetImport: [{ domain: '', version: 12 }],
    graph: {
      name: 'centerface',
      initializer: [
        ...model.graph.initializer.filter((tensor) => used.has(tensor.name ?? '')),
        ...decoding.constants,
      ],
      node: [
        node('Transpose', ['image'], ['image/planes'], { perm: [0, 3, 1, 2] }),
        node('Cast', ['image/planes'], ['input.1'], { to: ONNX_FLOAT }),
        ...model.graph.node,
        ...decoding.nodes,
      ],
      input: [valueInfo('image', ONNX_UINT8, [1, 'height', 'width', 3])],
      output: [
        valueInfo('scores', ONNX_FLOAT, ['finds']),
        valueInfo('boxes', ONNX_FLOAT, ['finds', 4]),
        valueInfo('points', ONNX_FLOAT, ['finds', 10]),
      ],
    },
  }
}

/** Heat map 537 [1,1,h,w], log sizes 538 (height, width), offsets 539 (y, x), points 540 (y, x by box size). */
function decodeNodes(): { nodes: OnnxNode[]; constants: OnnxTensor[] } {
  const nodes = [
    node('MaxPool', ['537'], ['peak/pooled'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] }),
    node('Equal', ['537', 'peak/pooled'], ['peak/is']),
    node('Cast', ['peak/is'], ['peak/mask'], { to: ONNX_FLOAT }),
    node('Mul', ['537', 'peak/mask'], ['peak/heat']),
    node('Reshape', ['peak/heat', 'c/flat'], ['peak/list']),
    node('Shape', ['peak/list'], ['peak/count']),
    node('Min', ['peak/count', 'c/most'], ['peak/k']),
    node('TopK', ['peak/list', 'peak/k'], ['scores', 'peak/at'], { axis: 0, largest: 1, sorted: 1 }),
    ...cellPlace(),
    ...gathered('538', 'size', 2),
    ...gathered('539', 'shift', 2),
    ...gathered('540', 'face', 10),
    node('Exp', ['size/values'], ['size/exp']),
    node('Mul', ['size/exp', 'c/stride'], ['size']),
    node('Add', ['shift/values', 'cell/yx'], ['centre/cells']),
    node('Add', ['centre/cells', 'c/half'], ['centre/middle']),
    node('Mul', ['centre/middle', 'c/stride'], ['centre']),
    node('Mul', ['size', 'c/half'], ['size/half']),
    node('Sub', ['centre', 'size/half'], ['first']),
    node('Add', ['centre', 'size/half'], ['last']),
    node('Concat', ['first', 'last'], ['corners/yxyx'], { axis: 0 }),
    node('Gather', ['corners/yxyx', 'c/swap4'], ['corners'], { axis: 0 }),
    node('Transpose', ['corners'], ['boxes'], { perm: [1, 0] }),
    ...facePoints(),
  ]
  const constants = [
    integers('c/flat', [-1]),
    integers('c/most', [MAX_FACES]),
    integers('c/3', [3]),
    integers('c/2x', [2, -1]),
    integers('c/10x', [10, -1]),
    integers('c/swap4', [1, 0, 3, 2]),
    integers('c/swap10', [1, 0, 3, 2, 5, 4, 7, 6, 9, 8]),
    integers('c/repeat', [5, 1]),
    floats('c/stride', [STRIDE], []),
    floats('c/half', [0.5], []),
  ]
  return { nodes, constants }
}

/** Row and column of each find's cell, as floats [2, K]. */
const cellPlace = (): OnnxNode[] => [
  node('Shape', ['537'], ['map/shape']),
  node('Gather', ['map/shape', 'c/3'], ['map/width'], { axis: 0 }),
  node('Div', ['peak/at', 'map/width'], ['cell/y']),
  node('Mod', ['peak/at', 'map/width'], ['cell/x']),
  node('Concat', ['cell/y', 'cell/x'], ['cell/list'], { axis: 0 }),
  node('Reshape', ['cell/list', 'c/2x'], ['cell/pairs']),
  node('Cast', ['cell/pairs'], ['cell/yx'], { to: ONNX_FLOAT }),
]

/** The values of a map [1, channels, h, w] at the finds' cells: [channels, K]. */
const gathered = (map: string, name: string, channels: 2 | 10): OnnxNode[] => [
  node('Reshape', [map, `c/${channels}x`], [`${name}/list`]),
  node('Gather', [`${name}/list`, 'peak/at'], [`${name}/values`], { axis: 1 }),
]

/** Points lie relative to the box's first corner, in box sizes. */
const facePoints = (): OnnxNode[] => [
  node('Tile', ['size', 'c/repeat'], ['face/size']),
  node('Tile', ['first', 'c/repeat'], ['face/first']),
  node('Mul', ['face/values', 'face/size'], ['face/scaled']),
  node('Add', ['face/scaled', 'face/first'], ['face/yx']),
  node('Gather', ['face/yx', 'c/swap10'], ['face/xy'], { axis: 0 }),
  node('Transpose', ['face/xy'], ['points'], { perm: [1, 0] }),
]
