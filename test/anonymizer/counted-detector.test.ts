import { expect, test } from 'vitest'
import { countDetectors } from '#anonymizer/detect/counted-detector.ts'
import type { RawDetection, RgbPicture } from '#anonymizer/detect/detector.ts'
import type { Detectors } from '#anonymizer/detect/open-detectors.ts'
import type { FaceWithPoints } from '#anonymizer/detect/second-face-detector.ts'

const picture: RgbPicture = { data: new Uint8Array(3), width: 1, height: 1 }
const found = (...scores: number[]): RawDetection[] =>
  scores.map((score) => ({ class: 'face', score, box: [0, 0, 1, 1] }))

function detectors(closed: string[]): Detectors {
  const named = (modelId: string) => ({
    modelId,
    modelSha256: '',
    [Symbol.asyncDispose]: async () => void closed.push(modelId),
  })
  const withPoints: FaceWithPoints[] = found(0.9).map((each) => ({ ...each, points: [] }))
  return {
    face: { ...named('first'), detect: async () => found(0.9, 0.55) },
    secondFace: {
      ...named('second'),
      detect: async () => found(0.59),
      detectWithPoints: async () => withPoints,
    },
    plate: {
      ...named('plates'),
      detect: async () => {
        throw new Error('no sound answer')
      },
    },
    plateReader: { ...named('reader'), read: async () => ({ text: 'AB', confidence: 1 }) },
    [Symbol.asyncDispose]: async () => void closed.push('all'),
  }
}

test('every model that looked is counted with its time and finds, the second one and the reader, too; a failed look is not', async () => {
  let now = 0
  const counted = countDetectors(detectors([]), () => {
    now += 250
    return now
  })
  const { face, secondFace, plate, plateReader } = counted.detectors
  await face.detect(picture, 0.5)
  await face.detect(picture, 0.5)
  await secondFace.detect(picture, 0.5)
  await secondFace.detectWithPoints(picture, 0.5)
  await plateReader.read(picture, [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ])
  await expect(plate.detect(picture, 0.5)).rejects.toThrow('no sound answer')
  expect(counted.take()).toEqual([
    { model: 'first', runs: 2, seconds: 0.5, finds: 4, weakFinds: 2 },
    { model: 'second', runs: 2, seconds: 0.5, finds: 2, weakFinds: 1 },
    { model: 'reader', runs: 1, seconds: 0.25, finds: 0, weakFinds: 0 },
  ])
  expect(counted.take()).toEqual([])
})

test('what is counted is closed as what it stands for', async () => {
  const closed: string[] = []
  const { detectors: opened } = countDetectors(detectors(closed), () => 0)
  await opened.secondFace[Symbol.asyncDispose]()
  await opened[Symbol.asyncDispose]()
  expect(closed).toEqual(['second', 'all'])
})
