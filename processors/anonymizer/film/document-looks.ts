// Tells a film's detections from a document instead of looking, and refuses one that leaves a frame out.
import { PermanentFailure } from '#runtime/failure.ts'
import type { DocumentReader } from './document-file.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { Looks } from './looks.ts'

/** A document's time and the film's may differ by this many seconds: it is written in decimal. */
const LEAST_TIME_STEP = 1e-3

/**
 * @throws {PermanentFailure} DETECTION_FAILED where the document is of another film, or leaves out a frame: nothing
 * is written that nobody looked at
 */
export function documentLooks(reader: DocumentReader, facts: FilmFacts): Looks {
  const { head } = reader
  const { width, height } = facts.displayed
  if (head.width !== width || head.height !== height || head.rotation !== facts.rotation)
    throw other('is of a film of another size or orientation')
  return {
    async next({ index, at }) {
      const frame = await reader.next()
      if (!frame) throw other('ends before the film')
      if (frame.frame !== index) throw other(`has frame ${frame.frame} where the film has ${index}`)
      if (Math.abs(frame.pts - at) > LEAST_TIME_STEP) throw other(`has another time for frame ${index}`)
      return [frame]
    },
    async end() {
      if (await reader.next()) throw other('is longer than the film')
      return []
    },
    longestDelay: 0,
    counts: () => ({}),
    [Symbol.dispose]() {},
  }
}

const other = (why: string): PermanentFailure =>
  new PermanentFailure('DETECTION_FAILED', `The detection document ${why}.`)
