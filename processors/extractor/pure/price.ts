// Says what a file costs and about how long it will take, before anybody approves it.

/** What probing knows of a file that can be processed. */
export interface Measured {
  readonly mediaKind: 'picture' | 'film'
  /** Displayed size in pixels. */
  readonly width: number
  readonly height: number
  /** Null for a picture. */
  readonly frames: number | null
  readonly durationSeconds: number | null
}

/** Credits, as docs/decisions/0001 fixes them. */
const PICTURE_CREDITS = 1
const FILM_CREDITS_PER_STARTED_SECOND = 1

/** On two processor cores; a rough guess that is only ever shown as one. */
const SECONDS_PER_PICTURE = 0.15
const SECONDS_PER_PICTURE_MEGAPIXEL = 0.12
const SECONDS_PER_FILM = 0.5
const SECONDS_PER_FILM_MEGAPIXEL = 0.02
const GUESSED_FRAMES_PER_SECOND = 30

/** Credits that are held when the job is approved. */
export function creditCost(file: Measured): number {
  if (file.mediaKind === 'picture') return PICTURE_CREDITS
  return Math.max(1, Math.ceil(file.durationSeconds ?? 0)) * FILM_CREDITS_PER_STARTED_SECOND
}

/** Seconds of processing on one node. */
export function estimatedSeconds(file: Measured): number {
  const megapixels = (file.width * file.height) / 1_000_000
  if (file.mediaKind === 'picture') return SECONDS_PER_PICTURE + megapixels * SECONDS_PER_PICTURE_MEGAPIXEL
  const frames = file.frames ?? (file.durationSeconds ?? 0) * GUESSED_FRAMES_PER_SECOND
  return SECONDS_PER_FILM + frames * megapixels * SECONDS_PER_FILM_MEGAPIXEL
}
