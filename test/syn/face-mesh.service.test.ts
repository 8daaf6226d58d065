// The prepared face mesh answers as an independent conversion of the same network does.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadSynModels } from '#models/model-store.ts'
import { hasSharedData, sharedData, skippedWithoutData } from '../film/shared-data.ts'
import { MODELS_READY } from '../picture/prepared-models.ts'

if (!hasSharedData) console.log(skippedWithoutData)

const CROP = 192

/** A crop around the nearest face of the bundled street, RGB. */
async function faceCrop(): Promise<Uint8Array> {
  const street = join(import.meta.dirname, '../../samples/street.jpg')
  const face = sharp(street).extract({ left: 175, top: 405, width: 140, height: 140 })
  return await face.resize(CROP, CROP).removeAlpha().raw().toBuffer()
}

const floats = (output: Tensor | undefined): Float32Array => {
  if (!(output?.data instanceof Float32Array)) throw new Error('no such output')
  return output.data
}

test.skipIf(!MODELS_READY || !hasSharedData)(
  'the 468 points of the prepared face mesh are those of another conversion within a thousandth of a pixel',
  async () => {
    const rgb = await faceCrop()
    const { mesh } = await loadSynModels({ cacheFolder: modelCacheFolder(process.env) })
    const ours = await InferenceSession.create(mesh.bytes)
    const theirs = await InferenceSession.create(await readFile(join(sharedData, 'weights/facemesh468.onnx')))
    const planes = Float32Array.from({ length: 3 * CROP * CROP }, (_, i) => {
      const [channel, pixel] = [Math.floor(i / (CROP * CROP)), i % (CROP * CROP)]
      return (rgb[pixel * 3 + channel] ?? 0) / 127.5 - 1
    })
    const mine = floats((await ours.run({ image: new Tensor('uint8', rgb, [1, CROP, CROP, 3]) })).points)
    const answer = await theirs.run({ input_1: new Tensor('float32', planes, [1, 3, CROP, CROP]) })
    const other = floats(answer.conv2d_20)
    expect(mine).toHaveLength(468 * 3)
    const furthest = Math.max(...Array.from(mine, (value, i) => Math.abs(value - (other[i] ?? Number.NaN))))
    console.log(`face mesh: largest difference ${furthest.toExponential(1)} px`)
    expect(furthest).toBeLessThan(1e-3)
    const spread =
      Math.max(...mine.filter((_, i) => i % 3 === 0)) - Math.min(...mine.filter((_, i) => i % 3 === 0))
    expect(spread).toBeGreaterThan(CROP / 4)
  },
)
