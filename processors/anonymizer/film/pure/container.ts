// Says for each film extension which demuxer may open it and how its output is written.

export type FilmContainer = 'mp4' | 'mov' | 'matroska' | 'webm' | 'mpegts' | 'avi'

export interface ContainerRules {
  readonly container: FilmContainer
  /** The one demuxer that is ever tried; no other can be reached from within it. */
  readonly demuxer: string
  /** Names that FFmpeg knows the demuxer by: its format whitelist. */
  readonly demuxerNames: string
  readonly muxer: string
  readonly muxerOptions: Readonly<Record<string, string>>
  /** Codec headers go into the container’s own header instead of the stream. */
  readonly globalHeader: boolean
  /** False where frames carry no time of their own and so must be written in the order shown. */
  readonly reorders: boolean
}

const MOV = {
  demuxer: 'mov',
  demuxerNames: 'mov,mp4,m4a,3gp,3g2,mj2',
  globalHeader: true,
  reorders: true,
  muxerOptions: { movflags: '+faststart' },
} as const
const MATROSKA = {
  demuxer: 'matroska',
  demuxerNames: 'matroska,webm',
  globalHeader: true,
  reorders: true,
  muxerOptions: {},
} as const
const TRANSPORT = {
  container: 'mpegts',
  demuxer: 'mpegts',
  demuxerNames: 'mpegts',
  muxer: 'mpegts',
  muxerOptions: { mpegts_copyts: '1' },
  globalHeader: false,
  reorders: true,
} as const

const BY_EXTENSION: Readonly<Record<string, ContainerRules>> = {
  '.mp4': { ...MOV, container: 'mp4', muxer: 'mp4' },
  '.mov': { ...MOV, container: 'mov', muxer: 'mov' },
  '.mkv': { ...MATROSKA, container: 'matroska', muxer: 'matroska' },
  '.webm': { ...MATROSKA, container: 'webm', muxer: 'webm' },
  '.ts': TRANSPORT,
  '.mts': { ...TRANSPORT, muxerOptions: { mpegts_copyts: '1', mpegts_m2ts_mode: '1' } },
  '.avi': {
    container: 'avi',
    demuxer: 'avi',
    demuxerNames: 'avi',
    muxer: 'avi',
    muxerOptions: {},
    globalHeader: false,
    reorders: false,
  },
}

/** Rules of an extension (lower case, with the dot); undefined for one that is no film’s. */
export const containerRules = (extension: string): ContainerRules | undefined => BY_EXTENSION[extension]
