// Sums up what was measured of portraits and their results: parts, means, and how sure a part is.
import { similarity } from '../privacy/face-embedder.ts'
import { type GalleryPicture, rankFigures } from '../privacy/gallery-ranks.ts'
import { personNamed } from '../privacy/people-in-pictures.ts'
import { trueAcceptRate, wilsonInterval } from '../privacy/re-identification.ts'
import type { FaceFigures } from './portrait-face.ts'

export function faceSummary(
  figures: readonly FaceFigures[],
  gallery: readonly GalleryPicture[],
  falseAccept: number,
): Readonly<Record<string, number>> {
  const same = figures.map(({ original, result }) => similarity(original, result))
  const strangers = figures.flatMap((a, i) =>
    figures.flatMap((b, j) => (i < j ? [similarity(a.original, b.original)] : [])),
  )
  const { rate, threshold } = trueAcceptRate(same, strangers, falseAccept)
  const part = (values: readonly (boolean | undefined)[]): number => {
    const known = values.filter((value) => value !== undefined)
    return known.filter(Boolean).length / Math.max(1, known.length)
  }
  const mouths = figures.map(({ mouth }) => mouth).filter((mouth) => mouth !== undefined)
  const poses = figures.flatMap(({ poseError }) => poseError ?? []).toSorted((a, b) => a - b)
  return {
    faces: figures.length,
    synthetic: part(figures.map(({ synthetic }) => synthetic)),
    matched: rate,
    ...intervalOf(rate, same.length, 'matched'),
    threshold,
    above_295: same.filter((value) => value > 0.295).length / Math.max(1, same.length),
    similarity: meanOf(same),
    strangers: meanOf(strangers),
    ...rankSummary(figures, gallery),
    ...aloneSummary(figures, falseAccept),
    ...surroundingsSummary(figures, falseAccept),
    found_again: part(figures.map((face) => (face.synthetic ? face.foundAgain : undefined))),
    pose_median: poses[poses.length >> 1] ?? Number.NaN,
    mouth: part(figures.map(({ mouth }) => mouth)),
    ...intervalOf(part(mouths), mouths.length, 'mouth'),
    mouth_mirrored: part(figures.map(({ mouthMirrored }) => mouthMirrored)),
    eyes: part(figures.map(({ eyes }) => eyes)),
  }
}

const intervalOf = (part: number, count: number, name: string): Record<string, number> => {
  const [low, high] = wilsonInterval(Math.round(part * count), count)
  return { [`${name}_of`]: count, [`${name}_least`]: low, [`${name}_most`]: high }
}

/** Whether the original, or a copy of it, is the nearest of all portraits to its own result. */
function rankSummary(
  figures: readonly FaceFigures[],
  gallery: readonly GalleryPicture[],
): Record<string, number> {
  const probes = figures.flatMap(({ name, result }) => {
    const person = personNamed(name)
    return person ? [{ person, vector: result }] : []
  })
  const { first, among_ten, median, chance } = rankFigures(gallery, probes)
  return { rank_first: first, rank_among_ten: among_ten, rank_median: median, rank_chance: chance }
}

/** The same without hair, ears and neck, which no synthetic face changes: what the face itself gives away. */
function aloneSummary(figures: readonly FaceFigures[], falseAccept: number): Record<string, number> {
  const strangers = figures.flatMap((a, i) =>
    figures.flatMap((b, j) => (i < j ? [similarity(a.original, b.originalAlone)] : [])),
  )
  const same = figures.map(({ original, resultAlone }) => similarity(original, resultAlone))
  const control = figures.map(({ original, originalAlone }) => similarity(original, originalAlone))
  return {
    alone_matched: trueAcceptRate(same, strangers, falseAccept).rate,
    alone_similarity: meanOf(same),
    alone_control: trueAcceptRate(control, strangers, falseAccept).rate,
  }
}

/** What hair, ears, neck and the kind of picture give away without any face. */
function surroundingsSummary(figures: readonly FaceFigures[], falseAccept: number): Record<string, number> {
  const strangers = figures.flatMap((a, i) =>
    figures.flatMap((b, j) => (i < j ? [similarity(a.original, b.surroundings)] : [])),
  )
  const same = figures.map(({ original, surroundings }) => similarity(original, surroundings))
  return {
    surroundings_matched: trueAcceptRate(same, strangers, falseAccept).rate,
    surroundings_similarity: meanOf(same),
  }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
