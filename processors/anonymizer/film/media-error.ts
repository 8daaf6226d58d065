// Turns FFmpeg's return codes into failures with our codes; no file name or coordinate gets into the detail.
import { AVERROR_EAGAIN, AVERROR_ENOMEM, AVERROR_ENOSPC, AVERROR_EOF } from 'node-av/constants'
import { FFmpegError } from 'node-av/lib'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import type { FailureCode } from '#schemas/failure-codes.ts'

/**
 * Returns a code that is no error as it is.
 * @throws {TransientFailure} DISK_FULL
 * @throws {PermanentFailure} `code`, with what FFmpeg says
 */
export function check(result: number, code: FailureCode, what: string): number {
  if (result >= 0) return result
  if (result === AVERROR_ENOSPC) throw new TransientFailure('DISK_FULL', 'The disk is full.')
  if (result === AVERROR_ENOMEM) throw new PermanentFailure('WORKER_MEMORY', `${what}: out of memory`)
  throw new PermanentFailure(code, `${what}: ${FFmpegError.strerror(result)}`)
}

/** True where a codec has nothing more to give for now or at all. */
export const isDrained = (result: number): boolean => result === AVERROR_EAGAIN || result === AVERROR_EOF
