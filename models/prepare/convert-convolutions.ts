// Turns the operators of a TensorFlow Lite net of convolutions into ONNX nodes: channels first, padding said outright.
import { floats, integers, node } from './graph-parts.ts'
import type { OnnxNode, OnnxTensor } from './onnx-file.ts'
import { parametricRelu } from './parametric-relu.ts'
import {
  type FlatTable,
  TFLITE_OPERATORS,
  type TfliteGraph,
  type TfliteOperator,
  type TfliteTensor,
} from './tflite-file.ts'

export interface ConvertedGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
}

/** The name of a tensor in the converted graph. */
export const tensorName = (index: number): string => `t${index}`

const FLOAT32 = 0
const INT32 = 2

/** @throws {Error} for an operator, an activation or an element type that such a net does not have */
export function convertConvolutions(graph: TfliteGraph): ConvertedGraph {
  const parts = graph.operators.map((operator) => convertOperator(graph, operator))
  return {
    nodes: parts.flatMap((part) => part.nodes),
    initializers: parts.flatMap((part) => part.initializers),
  }
}

function convertOperator(graph: TfliteGraph, operator: TfliteOperator): ConvertedGraph {
  const [a = -1, b = -1, c = -1] = operator.inputs
  const [out = -1] = operator.outputs
  const input = tensorName(a)
  const result = [tensorName(out)]
  const shapes = { from: shapeOf(graph, a), to: shapeOf(graph, out) }
  switch (operator.code) {
    case TFLITE_OPERATORS.ADD:
      plain(operator.options?.byte(0))
      return { nodes: [node('Add', [input, tensorName(b)], result)], initializers: [] }
    case TFLITE_OPERATORS.PRELU:
      return parametricRelu({ input, output: tensorName(out), slopes: floatsIn(graph, b) })
    case TFLITE_OPERATORS.PAD: {
      const pads = integers(`w${out}`, onnxPads(integersIn(graph, b)))
      return { nodes: [node('Pad', [input, `w${out}`], result)], initializers: [pads] }
    }
    case TFLITE_OPERATORS.MAX_POOL_2D: {
      const options = required(operator.options)
      plain(options.byte(5))
      const kernel = [options.int(4), options.int(3)]
      const attributes = window(options, kernel, shapes)
      return { nodes: [node('MaxPool', [input], result, attributes)], initializers: [] }
    }
    case TFLITE_OPERATORS.CONV_2D:
    case TFLITE_OPERATORS.DEPTHWISE_CONV_2D: {
      const options = required(operator.options)
      const depthwise = operator.code === TFLITE_OPERATORS.DEPTHWISE_CONV_2D
      plain(options.byte(depthwise ? 4 : 3))
      const weight = channelsFirst(floatsIn(graph, b), shapeOf(graph, b), depthwise)
      const attributes = {
        ...window(options, weight.dims.slice(2), shapes),
        group: depthwise ? (weight.dims[0] ?? 1) : 1,
      }
      return {
        nodes: [node('Conv', [input, `w${out}`, `b${out}`], result, attributes)],
        initializers: [
          floats(`w${out}`, weight.values, [...weight.dims]),
          floats(`b${out}`, floatsIn(graph, c)),
        ],
      }
    }
    default:
      throw new Error(`operator ${operator.code} is not one of a net of convolutions`)
  }
}

interface Shapes {
  readonly from: readonly number[]
  readonly to: readonly number[]
}

/** Kernel, strides and pads. TensorFlow's SAME puts the odd sample of padding at the end. */
function window(
  options: FlatTable,
  kernel: readonly number[],
  { from, to }: Shapes,
): Record<'kernel_shape' | 'strides' | 'pads', readonly number[]> {
  const strides = [options.int(2), options.int(1)]
  const same = options.byte(0) === 0
  const total = [0, 1].map((axis) =>
    same
      ? Math.max(
          0,
          ((to[axis + 1] ?? 1) - 1) * (strides[axis] ?? 1) + (kernel[axis] ?? 1) - (from[axis + 1] ?? 1),
        )
      : 0,
  )
  const begin = total.map((value) => Math.floor(value / 2))
  const end = total.map((value, axis) => value - (begin[axis] ?? 0))
  return { kernel_shape: kernel, strides, pads: [...begin, ...end] }
}

/** Out, height, width, in (depthwise: 1, height, width, out) to out, in, height, width. */
function channelsFirst(
  values: readonly number[],
  shape: readonly number[],
  depthwise: boolean,
): { readonly values: readonly number[]; readonly dims: readonly number[] } {
  const [first = 1, height = 1, width = 1, last = 1] = shape
  const [out, within] = depthwise ? [last, 1] : [first, last]
  const moved: number[] = []
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < within; i++) {
      for (let at = 0; at < height * width; at++) {
        moved.push(values[depthwise ? at * out + o : (o * height * width + at) * within + i] ?? Number.NaN)
      }
    }
  }
  return { values: moved, dims: [out, within, height, width] }
}

/** [[n, n], [h, h], [w, w], [c, c]] before and after, to ONNX's order: all that comes before, then all after. */
function onnxPads(pairs: readonly number[]): readonly number[] {
  const axes = [0, 3, 1, 2]
  return [...axes.map((axis) => pairs[axis * 2] ?? 0), ...axes.map((axis) => pairs[axis * 2 + 1] ?? 0)]
}

const tensorOf = (graph: TfliteGraph, index: number): TfliteTensor => {
  const tensor = graph.tensors[index]
  if (!tensor) throw new Error(`the graph has no tensor ${index}`)
  return tensor
}
const shapeOf = (graph: TfliteGraph, index: number): readonly number[] => tensorOf(graph, index).shape

function floatsIn(graph: TfliteGraph, index: number): readonly number[] {
  const { type, data } = tensorOf(graph, index)
  if (type !== FLOAT32 || data.length === 0) throw new Error(`tensor ${index} holds no 32-bit floats`)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Array.from({ length: data.length / 4 }, (_, i) => view.getFloat32(i * 4, true))
}

function integersIn(graph: TfliteGraph, index: number): readonly number[] {
  const { type, data } = tensorOf(graph, index)
  if (type !== INT32) throw new Error(`tensor ${index} holds no 32-bit integers`)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Array.from({ length: data.length / 4 }, (_, i) => view.getInt32(i * 4, true))
}

function required(options: FlatTable | undefined): FlatTable {
  if (options) return options
  throw new Error('an operator lacks its options')
}

function plain(activation: number | undefined): void {
  if (activation) throw new Error('an operator has an activation folded in')
}
