// Adds up how far a shared film is from how far its parts are.
import type { FilmShare, PartProgress } from '#schemas/state-keys.ts'
import type { Progress } from './settle-events.ts'

/** Share of the work that the parts are; the rest joins them. */
const PARTS_SHARE = 0.97

/** All parts count alike: they are about as long as each other. `running`: of parts that somebody works on. */
export function sharedProgress(
  share: Pick<FilmShare, 'parts' | 'done'>,
  running: readonly PartProgress[],
  since: { readonly seconds: number; readonly progress: number },
): Progress {
  const under = running.reduce((sum, { progress }) => sum + progress, 0)
  const made = Math.min(share.parts, Object.keys(share.done).length + under)
  const progress = (PARTS_SHARE * made) / share.parts
  const speeds = running.flatMap(({ frames_per_second: speed }) => speed ?? [])
  const rate = (progress - since.progress) / since.seconds
  return {
    progress,
    framesPerSecond: speeds.length === 0 ? null : speeds.reduce((sum, speed) => sum + speed, 0),
    etaSeconds: rate > 0 && Number.isFinite(rate) ? (1 - progress) / rate : null,
  }
}

/** Of the whole film, while its parts are joined. */
export const joiningProgress = (joined: Progress): Progress => ({
  ...joined,
  progress: PARTS_SHARE + (1 - PARTS_SHARE) * joined.progress,
})
