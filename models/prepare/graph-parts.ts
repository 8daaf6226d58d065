// Small pieces to extend an ONNX graph with: nodes, constants, named inputs and outputs.
import {
  ONNX_FLOAT,
  ONNX_INT64,
  type OnnxAttribute,
  type OnnxDimension,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from './onnx-file.ts'

/** Attribute types of AttributeProto. */
const FLOAT_ATTRIBUTE = 1
const INT_ATTRIBUTE = 2
const INTS_ATTRIBUTE = 7

export type Attribute = number | readonly number[] | { readonly float: number }

function attribute(name: string, value: Attribute): OnnxAttribute {
  if (typeof value === 'number') return { name, type: INT_ATTRIBUTE, i: value }
  if ('float' in value) return { name, type: FLOAT_ATTRIBUTE, f: value.float }
  return { name, type: INTS_ATTRIBUTE, ints: [...value] }
}

/** A node `opType(inputs) -> outputs`, named after its first output. */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): OnnxNode {
  return {
    opType,
    input: [...inputs],
    output: [...outputs],
    name: `ours/${outputs[0] ?? opType}`,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  }
}

/** A constant of 64-bit integers; no dims: a scalar. */
export const integers = (name: string, values: readonly number[], dims = [values.length]): OnnxTensor => ({
  name,
  dims,
  dataType: ONNX_INT64,
  int64Data: [...values],
})

/** A constant of 32-bit floats. */
export const floats = (name: string, values: readonly number[], dims = [values.length]): OnnxTensor => ({
  name,
  dims,
  dataType: ONNX_FLOAT,
  floatData: [...values],
})

/** A graph input or output; a string is a free dimension. */
export const valueInfo = (
  name: string,
  elemType: number,
  dims: readonly (number | string)[],
): OnnxValueInfo => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: {
        dim: dims.map(
          (dim): OnnxDimension => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim }),
        ),
      },
    },
  },
})
