// Opens the decoder of a film's video stream, bounded in pixels and threads.
import { AV_CODEC_FLAG_OUTPUT_CORRUPT } from 'node-av/constants'
import { Codec, CodecContext } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { check } from './media-error.ts'
import type { OpenFilm } from './open-film.ts'

/** 8K and a little more; a frame beyond it is refused by the decoder itself. */
export const MAX_FILM_PIXELS = 8192 * 4608

/**
 * A decoder that gives damaged pictures too instead of dropping them: what it gives is looked at and hidden like any
 * other, and the film keeps its length. The caller frees it.
 * @throws {PermanentFailure} MEDIA_CODEC, MEDIA_TOO_LARGE
 */
export function openDecoder(film: OpenFilm, threads: number): CodecContext {
  const { codecpar, timeBase } = film.video
  if (codecpar.width * codecpar.height > MAX_FILM_PIXELS)
    throw new PermanentFailure('MEDIA_TOO_LARGE', 'The film has more pixels than allowed.')
  const codec = Codec.findDecoder(codecpar.codecId)
  if (!codec) throw new PermanentFailure('MEDIA_CODEC', `no decoder for ${film.videoCodec}`)
  const decoder = new CodecContext()
  decoder.allocContext3(codec)
  try {
    check(decoder.parametersToContext(codecpar), 'MEDIA_UNREADABLE', 'reading the codec parameters')
    decoder.pktTimebase = timeBase
    decoder.threadCount = threads
    decoder.setFlags(AV_CODEC_FLAG_OUTPUT_CORRUPT)
    decoder.setOption('max_pixels', MAX_FILM_PIXELS)
    check(decoder.open2Sync(codec), 'MEDIA_UNREADABLE', 'opening the decoder')
    return decoder
  } catch (error) {
    decoder.freeContext()
    throw error
  }
}
