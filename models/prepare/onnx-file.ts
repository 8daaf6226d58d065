// Reads and writes ONNX files: the messages of onnx.proto that our models use, under their official field numbers.
import protobuf from 'protobufjs'

/** Subset of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (IR version 4 to 8). */
const ONNX_PROTO = `
syntax = "proto2";
package onnx;
message AttributeProto {
  optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4;
  optional TensorProto t = 5; repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9;
  optional int32 type = 20;
}
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4;
  repeated AttributeProto attribute = 5; optional string domain = 7;
}
message ModelProto {
  optional int64 ir_version = 1; optional string producer_name = 2; optional string producer_version = 3;
  optional GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
}
message GraphProto {
  repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message TensorProto {
  repeated int64 dims = 1; optional int32 data_type = 2; repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true]; repeated int64 int64_data = 7 [packed = true];
  optional string name = 8; optional bytes raw_data = 9;
}
message TensorShapeProto {
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  repeated Dimension dim = 1;
}
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  optional Tensor tensor_type = 1;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
`

export interface OnnxAttribute {
  name: string
  type: number
  f?: number
  i?: number
  s?: Uint8Array
  t?: OnnxTensor
  floats?: number[]
  ints?: number[]
  strings?: Uint8Array[]
}
export interface OnnxNode {
  input: string[]
  output: string[]
  name?: string
  opType: string
  attribute?: OnnxAttribute[]
  domain?: string
}
export interface OnnxTensor {
  dims?: number[]
  dataType: number
  floatData?: number[]
  int32Data?: number[]
  int64Data?: number[]
  name?: string
  rawData?: Uint8Array
}
export type OnnxDimension = { dimValue: number } | { dimParam: string }
export interface OnnxValueInfo {
  name: string
  type: { tensorType: { elemType: number; shape: { dim: OnnxDimension[] } } }
}
export interface OnnxGraph {
  node: OnnxNode[]
  name: string
  initializer: OnnxTensor[]
  input: OnnxValueInfo[]
  output: OnnxValueInfo[]
}
export interface OnnxModel {
  irVersion: number
  producerName?: string
  producerVersion?: string
  graph: OnnxGraph
  opsetImport: { domain?: string; version: number }[]
}

/** Element types of TensorProto that we write. */
export const ONNX_FLOAT = 1
export const ONNX_UINT8 = 2
export const ONNX_INT64 = 7

const modelType = protobuf.parse(ONNX_PROTO).root.lookupType('onnx.ModelProto')

/** @throws {Error} when the bytes are no ONNX model */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = modelType.toObject(modelType.decode(bytes), { longs: Number }) as Partial<OnnxModel>
  if (!model.graph?.node || !model.graph.input || !model.graph.output || !model.opsetImport)
    throw new Error('the file holds no ONNX graph')
  return { ...model, graph: { ...model.graph, initializer: model.graph.initializer ?? [] } } as OnnxModel
}

/** The same model gives the same bytes: fields are written in the order of their numbers. */
export const writeOnnx = (model: OnnxModel): Uint8Array =>
  modelType.encode(modelType.fromObject(model)).finish()
