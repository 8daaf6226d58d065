// Opens the decoder of a film's video stream, bounded in pixels and threads.
import { AV_CODEC_FLAG_OUTPUT_CORRUPT } from 'node-av/constants'
import { Codec, CodecContext, type Frame, type Packet, type Stream } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { check } from './media-error.ts'

/** 8K and a little more; a frame beyond it is refused by the decoder itself. */
export const MAX_FILM_PIXELS = 8192 * 4608

/** What of an open film its decoder needs to know. */
export interface CodedVideo {
  readonly video: Pick<Stream, 'codecpar' | 'timeBase'>
  /** FFmpeg’s name. */
  readonly videoCodec: string
}

/** Gives FFmpeg's return codes. The caller disposes of it. */
export interface PictureDecoder extends Disposable {
  /** Null ends. */
  sendPacketSync(packet: Packet | null): number
  /** Fills an empty frame with a picture in memory. */
  receiveFrameSync(frame: Frame): number
}

/** @throws {PermanentFailure} MEDIA_CODEC, MEDIA_TOO_LARGE, MEDIA_UNREADABLE */
export function openDecoder(film: CodedVideo, threads: number): PictureDecoder {
  return openCodec(film, Codec.findDecoder(film.video.codecpar.codecId), (decoder) => {
    decoder.threadCount = threads
  })
}

/**
 * A decoder that gives damaged pictures too instead of dropping them: what it gives is looked at and hidden like any
 * other, and the film keeps its length.
 * @throws {PermanentFailure} MEDIA_CODEC, MEDIA_TOO_LARGE, MEDIA_UNREADABLE
 */
export function openCodec(
  { video: { codecpar, timeBase }, videoCodec }: CodedVideo,
  codec: Codec | null,
  prepare: (decoder: CodecContext) => void,
): CodecContext {
  if (codecpar.width * codecpar.height > MAX_FILM_PIXELS)
    throw new PermanentFailure('MEDIA_TOO_LARGE', 'The film has more pixels than allowed.')
  if (!codec) throw new PermanentFailure('MEDIA_CODEC', `no decoder for ${videoCodec}`)
  const decoder = new CodecContext()
  decoder.allocContext3(codec)
  try {
    check(decoder.parametersToContext(codecpar), 'MEDIA_UNREADABLE', 'reading the codec parameters')
    decoder.pktTimebase = timeBase
    decoder.setFlags(AV_CODEC_FLAG_OUTPUT_CORRUPT)
    decoder.setOption('max_pixels', MAX_FILM_PIXELS)
    prepare(decoder)
    check(decoder.open2Sync(codec), 'MEDIA_UNREADABLE', 'opening the decoder')
    return decoder
  } catch (error) {
    decoder.freeContext()
    throw error
  }
}
