import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { valueInfo } from '#models/prepare/graph-parts.ts'
import { ONNX_FLOAT, writeOnnx } from '#models/prepare/onnx-file.ts'
import { parametricRelu } from '#models/prepare/parametric-relu.ts'

test.each([
  ['below one', [0.25, -1.1, 0, 1]],
  ['above one too', [0.25, -1.1, 1.5, 1]],
])('a parametric ReLU of slopes %s is what its paper says', async (_, slopes) => {
  const { nodes, initializers } = parametricRelu({ input: 'x', output: 'y', slopes })
  const shape = [1, slopes.length, 2, 2]
  const [input, output] = [valueInfo('x', ONNX_FLOAT, shape), valueInfo('y', ONNX_FLOAT, shape)]
  const bytes = writeOnnx({
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'prelu',
      initializer: [...initializers],
      node: [...nodes],
      input: [input],
      output: [output],
    },
  })
  const session = await InferenceSession.create(bytes)
  const values = Float32Array.from({ length: slopes.length * 4 }, (_, i) => [-2, -0.5, 0, 3][i % 4] ?? 0)
  const { y } = await session.run({ x: new Tensor('float32', values, shape) })
  const expected = Array.from(values, (value, i) => (value < 0 ? (slopes[i >> 2] ?? 0) * value : value))
  expect(y?.data).toHaveLength(expected.length)
  expected.forEach((value, i) => {
    expect(Number(y?.data[i])).toBeCloseTo(value, 5)
  })
})
