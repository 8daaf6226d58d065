// Looks at every picture twice, as it is and at half its size, with one detector that is blind to what fills its picture.
import { suppress } from '../pure/non-maximum-suppression.ts'
import { WIDE_PART } from '../pure/wide-find.ts'
import type { Detector, RawDetection, RgbPicture } from './detector.ts'

/** A find of one look and a find of the other are one object from this much overlap on; a weaker part beside the whole too. */
const ONE_OBJECT = { iou: 0.4, contained: 0.75, wholeStays: true }
/** Below this side, in pixels, half the size shows nothing that the whole does not. */
const LEAST_SIDE = 64
/** Lamps and dashes on the road look like the smallest plates: what is narrower, in pixels of the whole, must be surer. */
const SMALL = { width: 24, doubt: 0.1 }
/**
 * Shop fronts, awnings and walls look like near plates for many frames: what is wider than a part of the picture must be surer.
 * True plates that take up more than a fifth are seen less surely.
 */
const LARGE = [
  { part: 0.2, doubt: 0.1 },
  { part: WIDE_PART, doubt: 0.2 },
] as const

/**
 * Finds of both looks in the given picture's pixels, one per object, best first. The given detector stays its owner's.
 * One picture at a time: the room for the half is kept from call to call.
 */
export function atTwoSizes(detector: Detector): Detector {
  let room = new Uint8Array(0)
  return {
    ...detector,
    async detect(picture, threshold) {
      const halfBytes = (picture.width >> 1) * (picture.height >> 1) * 3
      if (room.length < halfBytes) room = new Uint8Array(halfBytes)
      const whole = (await detector.detect(picture, threshold))
        .map((find) => doubted(find, picture.width))
        .filter(({ score }) => score >= threshold)
      const isSmall = Math.min(picture.width, picture.height) < LEAST_SIDE
      const half = isSmall
        ? []
        : await detector.detect(halved(picture, room.subarray(0, halfBytes)), threshold)
      const near = half
        .map((find) => doubted(doubled(find), picture.width))
        .filter(({ score }) => score >= threshold)
      return suppress([...whole, ...near], ONE_OBJECT)
    },
    async [Symbol.asyncDispose]() {},
  }
}

function doubted(find: RawDetection, pictureWidth: number): RawDetection {
  const width = find.box[2] - find.box[0]
  if (width < SMALL.width) return { ...find, score: find.score - SMALL.doubt }
  const large = LARGE.find(({ part }) => width > pictureWidth * part)
  return large ? { ...find, score: find.score - large.doubt } : find
}

function doubled(find: RawDetection): RawDetection {
  const { box, quad } = find
  const twice = ([x, y]: readonly [number, number]): [number, number] => [2 * x, 2 * y]
  return {
    ...find,
    box: [2 * box[0], 2 * box[1], 2 * box[2], 2 * box[3]],
    ...(quad && { quad: [twice(quad[0]), twice(quad[1]), twice(quad[2]), twice(quad[3])] }),
  }
}

/** Every pixel the mean of four, written to `out`; an odd last row or column is left out. */
function halved({ data, width, height }: RgbPicture, out: Uint8Array): RgbPicture {
  const [w, h] = [width >> 1, height >> 1]
  let to = 0
  for (let y = 0; y < h; y++) {
    let above = 2 * y * width * 3
    let below = above + width * 3
    for (let x = 0; x < w; x++) {
      for (let channel = 0; channel < 3; channel++, above++, below++) {
        const sum = at(data, above) + at(data, above + 3) + at(data, below) + at(data, below + 3)
        out[to++] = (sum + 2) >> 2
      }
      above += 3
      below += 3
    }
  }
  return { data: out, width: w, height: h }
}

const at = (data: Uint8Array, index: number): number => data[index] ?? 0
