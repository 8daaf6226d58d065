// Encodes one grey picture and decodes it again on the device that is asked for: what a GPU claims is seen to be so.
import {
  AVCHROMA_LOC_UNSPECIFIED,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_UNSPECIFIED,
  AVCOL_TRC_UNSPECIFIED,
} from 'node-av/constants'
import { CodecParameters, Frame, type HardwareDeviceContext, Packet, Rational } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { openEncoder } from './encode-video.ts'
import type { FilmFacts } from './inspect-film.ts'
import { check } from './media-error.ts'
import { openDecoder } from './open-decoder.ts'
import { isFromGpu, openGpuDecoder } from './open-gpu-decoder.ts'
import { pixelFormatName, pixelFormatOf } from './pixel-format.ts'
import { containerRules } from './pure/container.ts'
import { USUAL_QUALITY, videoEncoding } from './pure/video-encoding.ts'

const SIZE = { width: 320, height: 192 }
const GREY = 96
/** A grey picture comes back nearly as it went in, at any quality. */
const NEAR = 4

const TIME_BASE = { num: 1, den: 25 }
const FACTS: FilmFacts = {
  ...{ codec: 'h264', stored: SIZE, displayed: SIZE, rotation: 0, pixelFormat: 'yuv420p' },
  ...{ timeBase: TIME_BASE, frameRate: { num: 25, den: 1 }, sampleAspect: { num: 1, den: 1 } },
  colours: {
    range: AVCOL_RANGE_MPEG,
    primaries: AVCOL_PRI_UNSPECIFIED,
    transfer: AVCOL_TRC_UNSPECIFIED,
    space: AVCOL_SPC_UNSPECIFIED,
    chroma: AVCHROMA_LOC_UNSPECIFIED,
  },
  ...{ interlaced: false, seconds: null, startSeconds: 0, sideData: [] },
}

export interface CodedGrey extends Disposable {
  readonly codecpar: CodecParameters
  readonly packets: readonly Packet[]
}

/** On the CPU where no GPU is given. @throws {PermanentFailure} RENDER_FAILED, GPU_NOT_AVAILABLE, WORKER_MEMORY */
export function encodeGrey(gpu: HardwareDeviceContext | undefined, grey = GREY): CodedGrey {
  const rules = containerRules('.ts')
  if (!rules) throw new Error('a transport stream has no rules')
  const facts = { ...SIZE, format: 'yuv420p', interlaced: false, startSeconds: 0 }
  const encoding = videoEncoding(rules, facts, USUAL_QUALITY, gpu ? 'cuda' : 'cpu')
  using made = new DisposableStack()
  using encoder = openEncoder(FACTS, encoding, rules, { threads: 1, gpu })
  using picture = greyPicture(grey)
  const codecpar = made.adopt(new CodecParameters(), (it) => it.free())
  codecpar.alloc()
  check(codecpar.fromContext(encoder.context), 'RENDER_FAILED', 'describing a picture')
  const packets: Packet[] = []
  for (const frame of [picture, null])
    for (const packet of encoder.encode(frame, 0n, 1n)) {
      const kept = made.adopt(new Packet(), (it) => it.free())
      kept.alloc()
      check(kept.ref(packet), 'WORKER_MEMORY', 'keeping a packet')
      packets.push(kept)
    }
  if (packets.length !== 1) throw new PermanentFailure('RENDER_FAILED', 'one picture gave no packet')
  const owned = made.move()
  return { codecpar, packets, [Symbol.dispose]: () => owned.dispose() }
}

function greyPicture(grey: number): Frame {
  const frame = new Frame()
  frame.alloc()
  Object.assign(frame, { ...SIZE, format: pixelFormatOf('yuv420p') })
  check(frame.getBuffer(0), 'WORKER_MEMORY', 'making room for a picture')
  for (const plane of frame.data ?? []) plane.fill(grey)
  return frame
}

/** On the CPU where no GPU is given. @throws {PermanentFailure} MEDIA_UNREADABLE, GPU_NOT_AVAILABLE */
export function decodeGrey({ codecpar, packets }: CodedGrey, gpu: HardwareDeviceContext | undefined): void {
  const film = {
    video: { codecpar, timeBase: new Rational(TIME_BASE.num, TIME_BASE.den) },
    videoCodec: 'h264',
  }
  using decoder = gpu ? openGpuDecoder(film, gpu) : openDecoder(film, 1)
  using frame = new Frame()
  frame.alloc()
  for (const packet of [...packets, null])
    check(decoder.sendPacketSync(packet), 'MEDIA_UNREADABLE', 'decoding a picture')
  check(decoder.receiveFrameSync(frame), 'MEDIA_UNREADABLE', 'decoding a picture')
  if (gpu && !isFromGpu(pixelFormatName(frame)))
    throw new PermanentFailure('GPU_NOT_AVAILABLE', 'the picture was decoded on the CPU')
  const { width, height } = frame
  const middle = frame.data?.[0]?.[(frame.linesize[0] ?? 0) * (SIZE.height / 2) + SIZE.width / 2] ?? 0
  if (width !== SIZE.width || height !== SIZE.height || Math.abs(middle - GREY) > NEAR)
    throw new PermanentFailure('MEDIA_UNREADABLE', 'the picture came back as another one')
}
