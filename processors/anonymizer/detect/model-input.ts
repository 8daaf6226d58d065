// Brings a picture into the form that our graphs take, and checks what they give back.
import { Tensor } from 'onnxruntime-node'
import { PermanentFailure } from '#runtime/failure.ts'
import type { RgbPicture } from './detector.ts'

/** Every graph of ours halves the picture five times. */
const SIDE_MULTIPLE = 32

/**
 * uint8 [1, height, width, 3] with sides rounded up to multiples of 32, black to the right and below, so that
 * coordinates stay the picture's own. A picture of such a size is used as it lies, without a copy.
 * @throws {RangeError} when the picture's bytes do not fit its size
 */
export function inputTensor(picture: RgbPicture): Tensor {
  const { data, width, height } = picture
  if (width < 1 || height < 1 || data.length !== width * height * 3)
    throw new RangeError(`a picture of ${width} x ${height} needs ${width * height * 3} bytes`)
  const inputWidth = Math.ceil(width / SIDE_MULTIPLE) * SIDE_MULTIPLE
  const inputHeight = Math.ceil(height / SIDE_MULTIPLE) * SIDE_MULTIPLE
  const dims = [1, inputHeight, inputWidth, 3]
  if (inputWidth === width && inputHeight === height) return new Tensor('uint8', data, dims)
  const padded = new Uint8Array(inputWidth * inputHeight * 3)
  for (let y = 0; y < height; y++) {
    padded.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * inputWidth * 3)
  }
  return new Tensor('uint8', padded, dims)
}

/** The float values of an output. @throws {PermanentFailure} DETECTION_FAILED when it is missing or holds no floats */
export function floatsOf(outputs: Readonly<Record<string, Tensor | undefined>>, name: string): Float32Array {
  const data = outputs[name]?.data
  if (data instanceof Float32Array) return data
  throw new PermanentFailure('DETECTION_FAILED', `The model gave no output named ${name}.`)
}

/** @throws {PermanentFailure} DETECTION_FAILED: a number that is none says that the run went wrong */
export function sound(value: number | undefined): number {
  if (value !== undefined && Number.isFinite(value)) return value
  throw new PermanentFailure('DETECTION_FAILED', 'The model gave a value that is no number.')
}
