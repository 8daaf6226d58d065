// Opens JPEG and PNG bytes with sharp, and nothing else: every other loader of libvips is blocked in this process.

import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { PermanentFailure } from '#runtime/failure.ts'
import { decodeFailure } from './pure/decode-failure.ts'

/** Displayed pixels; a phone's 108 million fit, and 8-bit RGB of it is 324 MB. */
export const MOST_PIXELS = 110_000_000
const DECODE_SECONDS = 60

/** A picture that is cut off or holds damaged data is refused whole, never shown partly grey. */
const STRICT: SharpOptions = { failOn: 'error', limitInputPixels: MOST_PIXELS, sequentialRead: true }
/** libjpeg calls it a warning when pixels are damaged ("bad Huffman code"); libpng warns of odd profiles only. */
export const NO_DAMAGED_JPEG: SharpOptions = { failOn: 'warning' }

let locked = false

/** Blocks the loaders and the cache once, for the whole process. Called by whatever opens a picture. */
export function lockStillDecoder(): void {
  if (locked) return
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer'] })
  sharp.cache(false)
  locked = true
}

/** Threads that libvips may use in this process. */
export function setStillThreads(threads: number): void {
  sharp.concurrency(threads)
}

export function openStill(bytes: Uint8Array, options: SharpOptions = {}): Sharp {
  lockStillDecoder()
  return sharp(bytes, { ...STRICT, ...options }).timeout({ seconds: DECODE_SECONDS })
}

/** Runs a decoding step. @throws {PermanentFailure} MEDIA_UNREADABLE, MEDIA_TRUNCATED, MEDIA_TOO_LARGE */
export async function decoding<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const { code, detail } = decodeFailure(error instanceof Error ? error.message : '')
    throw new PermanentFailure(code, detail, { cause: error })
  }
}
