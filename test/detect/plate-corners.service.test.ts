import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Detector } from '#anonymizer/detect/detector.ts'
import { createPlateQuadDetector } from '#anonymizer/detect/plate-quad-detector.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadRole, ourManifest } from '#models/model-store.ts'
import { MODELS_READY, WITHOUT_MODELS } from '../picture/prepared-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

type Point = readonly [number, number]
const WIDTH = 640
const HEIGHT = 384
/** Digits as strokes on a 2 x 4 grid, so that the picture does not depend on installed fonts. */
const DIGITS = [
  'M0 0H2V4H0Z',
  'M1 0V4',
  'M0 0H2V2H0V4H2',
  'M0 0H2V4H0M0 2H2',
  'M0 0V2H2M2 0V4',
  'M2 0H0V2H2V4H0',
  'M0 0H2L0 4',
]

/** A white plate on a dark car on a grey road; the plate's sides by one affine map of its 104 x 24 drawing. */
function drawnPlate(map: readonly [number, number, number, number, number, number]) {
  const [a, b, c, d, e, f] = map
  const at = ([x, y]: Point): Point => [a * x + c * y + e, b * x + d * y + f]
  const corners = (
    [
      [0, 0],
      [104, 0],
      [104, 24],
      [0, 24],
    ] as const
  ).map(at)
  const digits = DIGITS.map(
    (path, i) => `<path transform="translate(${9 + i * 13} 4) scale(4)" d="${path}"/>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <rect width="640" height="384" fill="#8b8f93"/><rect width="640" height="150" fill="#b9c4cf"/>
    <rect x="120" y="70" width="400" height="250" rx="30" fill="#3b3f4a"/>
    <rect x="160" y="90" width="320" height="70" rx="16" fill="#20242b"/>
    <rect x="130" y="180" width="60" height="28" fill="#8d1a1f"/><rect x="450" y="180" width="60" height="28" fill="#8d1a1f"/>
    <g transform="matrix(${map.join(' ')})"><rect width="104" height="24" fill="#eeeeea"/>
    <g fill="none" stroke="#16161a" stroke-width=".7">${digits.join('')}</g></g></svg>`
  return { svg, corners }
}

describe.skipIf(!MODELS_READY)('the plate detector', () => {
  let detector: Detector
  beforeAll(async () => {
    const model = await loadRole(ourManifest(), 'plates', { cacheFolder: modelCacheFolder(process.env) })
    detector = await createPlateQuadDetector(model, { threads: 1, executionProvider: 'cpu' })
  })
  afterAll(() => detector[Symbol.asyncDispose]())

  it.each([
    ['level', [1, 0, 0, 1, 268, 240]],
    ['turned', [0.97, 0.2, -0.2, 0.97, 268, 230]],
    ['seen from the side', [0.8, 0.16, 0, 1, 268, 230]],
    ['large', [2.2, -0.3, 0.1, 2.2, 200, 235]],
    ['small', [0.4, 0.05, 0, 0.4, 300, 240]],
  ] as const)('says the corners of a %s plate', async (_, map) => {
    const { svg, corners } = drawnPlate(map)
    const data = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer()
    const [best] = await detector.detect({ data, width: WIDTH, height: HEIGHT }, 0.3)
    const width = Math.hypot((map[0] ?? 0) * 104, (map[1] ?? 0) * 104)
    const off = corners.map(
      ([x, y], i) => Math.hypot((best?.quad?.[i]?.[0] ?? 0) - x, (best?.quad?.[i]?.[1] ?? 0) - y) / width,
    )
    expect(Math.max(...off)).toBeLessThan(0.08)
  })
})
