// Opens the GPU that films are asked to be decoded or encoded on, and proves with one picture that it really does.
import { AV_HWDEVICE_TYPE_CUDA, AV_LOG_QUIET } from 'node-av/constants'
import { FFmpegError, HardwareDeviceContext, Log } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { decodeGrey, encodeGrey } from './grey-trial.ts'
import { type FilmDevices, usesGpu } from './pure/gpu-choice.ts'

/** A GPU, and what of a film's way it takes. */
export interface FilmGpu extends Disposable {
  readonly devices: FilmDevices
  readonly cuda: HardwareDeviceContext
}

/**
 * The first GPU that CUDA shows to this process; undefined where films stay on the CPU.
 * @throws {PermanentFailure} GPU_NOT_AVAILABLE, naming what is missing and the setting that asked for it
 */
export function openGpu(devices: FilmDevices): FilmGpu | undefined {
  if (!usesGpu(devices)) return undefined
  Log.setLevel(AV_LOG_QUIET)
  const cuda = new HardwareDeviceContext()
  const created = cuda.create(AV_HWDEVICE_TYPE_CUDA)
  if (created < 0)
    throw notThere(
      devices.decode === 'cuda' ? 'decode' : 'encode',
      `CUDA finds no driver or no device (${FFmpegError.strerror(created)})`,
    )
  const gpu = { devices, cuda, [Symbol.dispose]: () => cuda.free() }
  try {
    proveOnePicture(gpu)
    return gpu
  } catch (error) {
    cuda.free()
    throw error
  }
}

/** Encodes a grey picture and decodes it again, each where films are. @throws {PermanentFailure} GPU_NOT_AVAILABLE */
function proveOnePicture({ devices, cuda }: FilmGpu): void {
  const onGpu = (step: keyof FilmDevices) => (devices[step] === 'cuda' ? cuda : undefined)
  const tried = <T>(step: keyof FilmDevices, make: () => T): T => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof PermanentFailure) || devices[step] === 'cpu') throw error
      throw notThere(step, `its ${UNIT[step]} does not work (${error.message})`)
    }
  }
  using coded = tried('encode', () => encodeGrey(onGpu('encode')))
  tried('decode', () => decodeGrey(coded, onGpu('decode')))
}

const UNIT = { decode: 'NVDEC', encode: 'NVENC' } as const
const SETTING = { decode: 'SYNTONYM_FILM_DECODE', encode: 'SYNTONYM_FILM_ENCODE' } as const

const notThere = (step: keyof FilmDevices, why: string): PermanentFailure =>
  new PermanentFailure(
    'GPU_NOT_AVAILABLE',
    `Films are to be ${step}d on a GPU, but ${why}. Give this process one, with the driver's capabilities compute and video, or set ${SETTING[step]}=cpu.`,
  )
