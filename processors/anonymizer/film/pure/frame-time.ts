// Gives every displayed frame a time of its own that never goes back, whatever the file says.

export interface FrameClock {
  readonly last: bigint | null
  readonly lastDuration: bigint
  /** Frames whose time had to be made up or moved. */
  readonly repaired: number
}

export const newFrameClock = (usualDuration: bigint): FrameClock => ({
  last: null,
  lastDuration: usualDuration > 0n ? usualDuration : 1n,
  repaired: 0,
})

/**
 * The time (in ticks of the film's time base) at which a frame is shown: the file's own where it is later than the
 * frame before; one tick after that where it is not; one usual duration after it where the file says nothing.
 */
export function frameTime(
  clock: FrameClock,
  frame: { readonly pts: bigint | null; readonly duration: bigint },
): { clock: FrameClock; pts: bigint } {
  const { last, lastDuration } = clock
  const expected = last === null ? 0n : last + lastDuration
  const wanted = frame.pts ?? expected
  const pts = last !== null && wanted <= last ? last + 1n : wanted
  const repaired = clock.repaired + (frame.pts === pts ? 0 : 1)
  return {
    clock: { last: pts, lastDuration: frame.duration > 0n ? frame.duration : lastDuration, repaired },
    pts,
  }
}
