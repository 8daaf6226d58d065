// Reads TensorFlow Lite files: the tables of their FlatBuffers schema that a small convolutional net uses.

/** Builtin operators by the numbers of tensorflow/lite/schema/schema.fbs (version 3). */
export const TFLITE_OPERATORS = {
  ADD: 0,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  MAX_POOL_2D: 17,
  PAD: 34,
  PRELU: 54,
} as const

export interface TfliteTensor {
  readonly shape: readonly number[]
  /** 0: float32, 2: int32. */
  readonly type: number
  /** Empty where the tensor is computed. */
  readonly data: Uint8Array
}
export interface TfliteOperator {
  readonly code: number
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** The operator's own table of options, if it has one. */
  readonly options: FlatTable | undefined
}
export interface TfliteGraph {
  readonly tensors: readonly TfliteTensor[]
  readonly operators: readonly TfliteOperator[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** A table of a FlatBuffer (flatbuffers.dev, "Internals"): fields are found through its vtable, by number. */
export class FlatTable {
  readonly #view: DataView
  readonly #at: number

  constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
  }

  /** Where a field's value lies; undefined where it has its default. */
  #field(number: number): number | undefined {
    const vtable = this.#at - this.#view.getInt32(this.#at, true)
    const place = 4 + 2 * number
    if (place >= this.#view.getUint16(vtable, true)) return undefined
    const offset = this.#view.getUint16(vtable + place, true)
    return offset === 0 ? undefined : this.#at + offset
  }

  #follow = (at: number): number => at + this.#view.getUint32(at, true)

  byte(number: number): number {
    const at = this.#field(number)
    return at === undefined ? 0 : this.#view.getInt8(at)
  }

  int(number: number): number {
    const at = this.#field(number)
    return at === undefined ? 0 : this.#view.getInt32(at, true)
  }

  table(number: number): FlatTable | undefined {
    const at = this.#field(number)
    return at === undefined ? undefined : new FlatTable(this.#view, this.#follow(at))
  }

  ints(number: number): readonly number[] {
    return this.#vector(number, 4, (at) => this.#view.getInt32(at, true))
  }

  tables(number: number): readonly FlatTable[] {
    return this.#vector(number, 4, (at) => new FlatTable(this.#view, this.#follow(at)))
  }

  bytes(number: number): Uint8Array {
    const at = this.#field(number)
    if (at === undefined) return new Uint8Array()
    const vector = this.#follow(at)
    return new Uint8Array(
      this.#view.buffer,
      this.#view.byteOffset + vector + 4,
      this.#view.getUint32(vector, true),
    )
  }

  #vector<T>(number: number, size: number, read: (at: number) => T): readonly T[] {
    const at = this.#field(number)
    if (at === undefined) return []
    const vector = this.#follow(at)
    return Array.from({ length: this.#view.getUint32(vector, true) }, (_, i) => read(vector + 4 + i * size))
  }
}

/** The first graph of the file. @throws {Error} when the bytes are no such file */
export function readTflite(bytes: Uint8Array): TfliteGraph {
  if (Buffer.from(bytes.subarray(4, 8)).toString('latin1') !== 'TFL3')
    throw new Error('the file is no TensorFlow Lite model')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const model = new FlatTable(view, view.getUint32(0, true))
  const codes = model.tables(1).map((code) => Math.max(code.byte(0), code.int(3)))
  const buffers = model.tables(4)
  const graph = model.tables(2)[0]
  if (!graph) throw new Error('the file holds no graph')
  return {
    tensors: graph.tables(0).map((tensor) => ({
      shape: tensor.ints(0),
      type: tensor.byte(1),
      data: buffers[tensor.int(2)]?.bytes(0) ?? new Uint8Array(),
    })),
    operators: graph.tables(3).map((operator) => ({
      code: codes[operator.int(0)] ?? -1,
      inputs: operator.ints(1),
      outputs: operator.ints(2),
      options: operator.table(4),
    })),
    inputs: graph.ints(1),
    outputs: graph.ints(2),
  }
}
