// Says whether parts of a film without anything to hide may be taken over as they are, and if not, why not.
import type { ContainerRules } from './container.ts'
import type { MediaDevice } from './gpu-choice.ts'
import { freeSetId, readSequenceSet } from './h264-parameter-sets.ts'
import { readHeaders, type StreamHeaders } from './h264-units.ts'
import { plainName } from './pixel-layout.ts'
import { isOnGpu, type VideoEncoding } from './video-encoding.ts'

/** Closed list: the reason is told to the user. */
export type WhyNotCopied =
  | 'switched off'
  | 'container'
  | 'codec'
  | 'colour format'
  | 'fields'
  | 'headers'
  /** NVDEC does not say which pictures are damaged, so a group cannot be known to be whole. */
  | 'GPU decoder'
  /** NVENC's parameter sets have the number that the film's own have. */
  | 'GPU encoder'

export type CopyVerdict =
  | {
      readonly copy: true
      readonly headers: StreamHeaders
      /** Of the encoder's own parameter sets, so that both kinds of pictures find theirs. */
      readonly setId: number
    }
  | { readonly copy: false; readonly why: WhyNotCopied }

export interface CopyQuestion {
  readonly wanted: boolean
  readonly rules: ContainerRules
  readonly codec: string
  /** FFmpeg's name of the decoded pictures' format. */
  readonly pixelFormat: string
  readonly interlaced: boolean
  /** The track's codec header. */
  readonly header: Uint8Array | null
  readonly encoding: VideoEncoding
  readonly decodedOn: MediaDevice
}

/** Containers that give every packet a time of its own and take parameter sets of two streams. */
const CONTAINERS: ReadonlySet<string> = new Set(['mp4', 'mov', 'matroska', 'mpegts'])

/**
 * Only progressive 8-bit H.264 with halved colour that is encoded as the same. Both streams keep their own parameter
 * sets under different ids in one header (ISO/IEC 14496-15, 5.3.3 allows several), so no player has to take new ones
 * from between the pictures.
 */
export function decideCopy(question: CopyQuestion): CopyVerdict {
  const { rules, encoding, interlaced } = question
  const no = (why: WhyNotCopied): CopyVerdict => ({ copy: false, why })
  if (!question.wanted) return no('switched off')
  if (!CONTAINERS.has(rules.container)) return no('container')
  if (question.codec !== 'h264' || encoding.codec !== 'h264') return no('codec')
  if (question.decodedOn === 'cuda') return no('GPU decoder')
  if (isOnGpu(encoding)) return no('GPU encoder')
  if (plainName(question.pixelFormat) !== 'yuv420p' || encoding.format !== 'yuv420p')
    return no('colour format')
  if (interlaced || encoding.interlaced) return no('fields')
  const headers = question.header ? readHeaders(question.header) : undefined
  if (!headers) return no('headers')
  const sets = headers.sequenceSets.map(readSequenceSet)
  if (sets.some(({ framesOnly }) => !framesOnly)) return no('fields')
  if (sets.some(({ chroma, bits }) => chroma !== 1 || bits !== 8)) return no('colour format')
  const setId = freeSetId(headers)
  return setId === undefined ? no('headers') : { copy: true, headers, setId }
}

/** The same encoding with parameter sets under an id of their own. */
export const withSetId = (encoding: VideoEncoding, setId: number): VideoEncoding => ({
  ...encoding,
  options: { ...encoding.options, 'x264-params': `sps-id=${setId}` },
})
