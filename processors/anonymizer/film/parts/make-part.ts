// Makes one planned part of a film: looked at with its margins, hidden, written as a file that is whole or not there.
import type { RenderReport } from '../../worker/protocol.ts'
import { CopyDoubt } from '../copy-doubt.ts'
import type { PartToPass } from '../film-pass.ts'
import type { FilmRun } from '../film-run.ts'
import { type Along, lookAndHide } from '../look-and-hide.ts'
import { NOTHING_COPIED } from '../pure/copied-share.ts'
import type { FilmPart } from '../pure/part-plan.ts'
import { readPart, writePart } from './part-file.ts'
import { partFrames, partPackets } from './part-sinks.ts'

/** Containers that tell where a key frame lies. */
const SEEKING: ReadonlySet<string> = new Set(['mp4', 'mov', 'matroska', 'webm'])

export interface PartToMake {
  readonly part: FilmPart
  readonly path: string
  readonly fingerprint: string
  readonly along: Along
}

/** Whether a whole part of that film lies at `path`. */
export function isMade({ part, path, fingerprint }: Omit<PartToMake, 'along'>): boolean {
  using known = readPart(path)
  return known?.facts.fingerprint === fingerprint && known.facts.index === part.index
}

/**
 * Where its pictures do not fit beside copied ones, all of it is encoded. Returns how many pictures are the part's own.
 * @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED @throws the signal's reason
 */
export async function makePart(
  run: FilmRun,
  { part, path, fingerprint, along }: PartToMake,
  signal: AbortSignal,
): Promise<Pick<RenderReport, 'frames'>> {
  const bounds: PartToPass = { ...part, seeks: SEEKING.has(run.rules.container) }
  const once = async (fits: boolean): Promise<number> => {
    using writer = writePart(path)
    const plan = { bounds, packets: partPackets(writer), frames: partFrames(writer), fits }
    const own = { ...run, task: { ...run.task, documentPath: `${path}.json` } }
    const { outcome, looks, decodedTwice } = await lookAndHide(own, signal, plan, along)
    const { passed, tally, rendered } = outcome
    writer.finish({
      ...{ fingerprint, index: part.index, fits, decodedTwice, looks },
      ...{ firstOwn: passed.firstOwn, pictures: passed.pictures, damagedPictures: passed.damagedPictures },
      ...{ refusedPackets: tally.refusedPackets, repairedTimes: passed.repairedTimes },
      resized: rendered?.resized ?? 0,
      copied: rendered && 'frames' in rendered.copied ? rendered.copied : NOTHING_COPIED,
    })
    return passed.pictures
  }
  try {
    return { frames: await once(true) }
  } catch (error) {
    if (!(error instanceof CopyDoubt)) throw error
    return { frames: await once(false) }
  }
}
