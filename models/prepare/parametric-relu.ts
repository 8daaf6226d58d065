// Says a parametric ReLU as convolutions of one pixel, which ONNX Runtime computes in a third of the time.
import { floats, node } from './graph-parts.ts'
import type { OnnxNode, OnnxTensor } from './onnx-file.ts'

export interface ParametricRelu {
  /** Names of tensors [1, channels, height, width]; the output's also begins those of what is added. */
  readonly input: string
  readonly output: string
  /** What a value below 0 is multiplied by, for each channel. */
  readonly slopes: readonly number[]
}

/**
 * slope x + (1 - slope) max(x, 0). ONNX Runtime's own PRelu takes a branch for each value, and its blocked layout of
 * channels ends before it and begins anew behind it; convolutions stay in that layout and take ReLU and sum along.
 */
export function parametricRelu({ input, output, slopes }: ParametricRelu): {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
} {
  const dims = [slopes.length, 1, 1, 1]
  const [below, above] = [`${output}/below`, `${output}/above`]
  const initializers = [
    floats(`${below}/w`, slopes, dims),
    floats(
      `${above}/w`,
      slopes.map((slope) => 1 - slope),
      dims,
    ),
  ]
  const scaled = (from: string, to: string, weight: string): OnnxNode =>
    node('Conv', [from, `${weight}/w`], [to], { group: slopes.length, kernel_shape: [1, 1] })
  const [positive, scaledAll] = [`${output}/positive`, `${output}/scaled`]
  // Scaled first, a convolution takes the ReLU along; only factors of at least 0 may change places with it.
  const rest = slopes.every((slope) => slope <= 1)
    ? [scaled(input, scaledAll, above), node('Relu', [scaledAll], [above])]
    : [node('Relu', [input], [positive]), scaled(positive, above, above)]
  return {
    nodes: [...rest, scaled(input, below, below), node('Add', [below, above], [output])],
    initializers,
  }
}
