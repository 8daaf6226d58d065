// Probes a film independently of the product: frame count, presentation times, and a hash of every sound packet.
import { createHash } from 'node:crypto'
import { Demuxer } from 'node-av/api'

export interface FilmFacts {
  readonly width: number
  readonly height: number
  readonly frames: number
  /** Seconds from the first frame, rounded to a microsecond, in display order. */
  readonly times: readonly number[]
  readonly audioHashes: readonly string[]
}

export function filmFacts(path: string): FilmFacts {
  using demuxer = Demuxer.openSync(path)
  const video = demuxer.video()
  if (video === undefined) throw new Error('no video')
  const { num, den } = video.timeBase
  const pts: number[] = []
  const hashes = new Map<number, ReturnType<typeof createHash>>()
  for (const packet of demuxer.packetsSync()) {
    if (packet === null) continue
    using held = packet
    if (held.streamIndex === video.index) pts.push((Number(held.pts) * num) / den)
    else {
      const hash = hashes.get(held.streamIndex) ?? createHash('sha256')
      hashes.set(held.streamIndex, hash)
      if (held.data !== null) hash.update(held.data)
    }
  }
  pts.sort((a, b) => a - b)
  const first = pts[0] ?? 0
  return {
    width: video.codecpar.width,
    height: video.codecpar.height,
    frames: pts.length,
    times: pts.map((time) => Math.round((time - first) * 1e6)),
    audioHashes: [...hashes.values()].map((hash) => hash.digest('hex')),
  }
}
