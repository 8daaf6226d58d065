// P7: what finding costs in one 1080p frame, scaling and boxes included, against the bare run of the model.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import type { Detector } from '#anonymizer/detect/detector.ts'
import { openSession } from '#anonymizer/detect/inference-session.ts'
import { inputTensor } from '#anonymizer/detect/model-input.ts'
import { openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { runModel } from '#anonymizer/detect/run-model.ts'
import { setStillThreads } from '#anonymizer/picture/still-decoder.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'
import { cpuRounds, median } from './detect/cpu-rounds.ts'

const FRAME = { width: 1920, height: 1080 }
const THRESHOLD = 0.5
const TARGET = 0.85
const OPTIONS = { threads: 1, executionProvider: 'cpu' } as const

/** A real street frame where there is one: an empty picture has no boxes to decode. */
async function frame(data: string): Promise<Buffer> {
  const folder = join(data, 'plates/romania/images')
  const [name] = await readdir(folder).catch(() => [])
  const picture =
    name === undefined
      ? sharp({ create: { ...FRAME, channels: 3, background: '#667788' } })
      : sharp(join(folder, name)).resize(FRAME.width, FRAME.height)
  return picture.removeAlpha().toColourspace('srgb').raw().toBuffer()
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      calls: { type: 'string', default: '10' },
    },
  })
  const rounds = { rounds: Number(values.rounds), calls: Number(values.calls) }
  setStillThreads(1)
  const pixels = await frame(values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data')
  const models = await loadModels({ cacheFolder: modelCacheFolder(process.env) })
  await using detectors = await openDetectors(models, OPTIONS)
  const { face, secondFace, plate } = detectors
  const plateBytes = models.plates.model.bytes
  const looks = [
    { detector: face, bytes: models.faces.bytes, width: 480, height: 288 },
    { detector: face, bytes: models.faces.bytes, width: 640, height: 384 },
    { detector: secondFace, bytes: models.secondFaces.bytes, width: 480, height: 288 },
    { detector: secondFace, bytes: models.secondFaces.bytes, width: 640, height: 384 },
    { detector: plate, bytes: plateBytes, width: 640, height: 384 },
    { detector: plate, bytes: plateBytes, width: 960, height: 544 },
  ]
  for (const { detector, bytes, ...size } of looks)
    console.log(await measure(detector, bytes, { pixels, ...size }, rounds))
}

async function measure(
  detector: Detector,
  bytes: Uint8Array,
  look: { readonly pixels: Buffer; readonly width: number; readonly height: number },
  rounds: { readonly rounds: number; readonly calls: number },
): Promise<string> {
  const { pixels, width, height } = look
  const scale = (): Promise<Buffer> =>
    sharp(pixels, { raw: { ...FRAME, channels: 3 } })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer()
  const session = await openSession(bytes, OPTIONS)
  const tensor = inputTensor({ data: await scale(), width, height })
  const loop = async () => detector.detect({ data: await scale(), width, height }, THRESHOLD)
  const measured = await cpuRounds(() => runModel(session, tensor), loop, rounds)
  await session.release()
  const bare = median(measured.map((round) => round.a))
  const whole = median(measured.map((round) => round.b))
  const ratio = median(measured.map((round) => round.a / round.b))
  return `detect model=${detector.modelId} input=${width}x${height} bare_cpu_ms=${bare.toFixed(1)} loop_cpu_ms=${whole.toFixed(1)} ratio=${ratio.toFixed(2)} target>=${TARGET}`
}

if (import.meta.main) await main(process.argv.slice(2))
