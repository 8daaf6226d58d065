// Measures whether a result gives its person away to somebody who has another photograph of them.
import { join } from 'node:path'
import { type FaceEmbedder, similarity } from '../privacy/face-embedder.ts'
import { type FaceWitness, type Rgb, readableFace } from '../privacy/face-witness.ts'
import { type GalleryPicture, type Probe, rankFigures } from '../privacy/gallery-ranks.ts'
import { type PicturePair, picturePairs } from '../privacy/people-in-pictures.ts'
import { trueAcceptRate, wilsonInterval } from '../privacy/re-identification.ts'
import { rgbOf } from './rgb-of.ts'
import { holdsMiddle } from './same-place.ts'
import { type SynBench, synDraws, synPicture } from './syn-run.ts'

/** One photograph: the untouched face, and each draw in its place. */
export interface SeenPicture {
  readonly file: string
  readonly original: Float32Array
  readonly results: readonly Float32Array[]
  readonly synthetic: boolean
}
export interface SeenPair {
  readonly person: string
  readonly first: SeenPicture
  readonly second: SeenPicture
}

export interface AcrossTask {
  readonly folder: string
  readonly files: readonly string[]
  readonly draws: number
  readonly witness: FaceWitness
  readonly embedder: FaceEmbedder
}

/** Undefined for a pair of which one picture shows no face to the witness or to us. */
export async function seePairs(
  bench: SynBench,
  task: AcrossTask,
): Promise<readonly (SeenPair | undefined)[]> {
  const pairs: (SeenPair | undefined)[] = []
  for (const pair of picturePairs(task.files)) pairs.push(await seePair(bench, task, pair))
  return pairs
}

async function seePair(
  bench: SynBench,
  task: AcrossTask,
  { person, first, second }: PicturePair,
): Promise<SeenPair | undefined> {
  const a = await seePicture(bench, task, first)
  const b = a && (await seePicture(bench, task, second))
  return a && b && { person, first: a, second: b }
}

async function seePicture(
  bench: SynBench,
  { folder, draws, witness, embedder }: AcrossTask,
  file: string,
): Promise<SeenPicture | undefined> {
  const path = join(folder, file)
  const drawn = await synPicture(bench, path)
  const was = rgbOf(drawn.before)
  const face = readableFace(await witness.look(was))
  const found = drawn.document.frames[0]?.detections ?? []
  if (!face || !found.some((each) => each.class === 'face' && holdsMiddle(each.box, face.box)))
    return undefined
  const more = Array.from({ length: draws - 1 }, (_, i) => i + 1)
  const results = [drawn.after, ...(await synDraws(bench, drawn, { path, draws: more }))].map(rgbOf)
  const embed = (picture: Rgb): Promise<Float32Array> => embedder.embed(picture, face.points)
  return {
    file,
    original: await embed(was),
    results: await inTurn(results, embed),
    synthetic: drawn.counts.facesReplaced > 0,
  }
}

async function inTurn<A, B>(values: readonly A[], work: (value: A) => Promise<B>): Promise<readonly B[]> {
  const out: B[] = []
  for (const value of values) out.push(await work(value))
  return out
}

/**
 * Each result against the other, untouched picture of its person, both ways round, beside the untouched picture itself in
 * the result's place. The threshold is that of strangers across the two pictures. Intervals count people, not draws.
 */
export function acrossFigures(
  all: readonly (SeenPair | undefined)[],
  gallery: readonly GalleryPicture[],
  falseAccept: number,
): Readonly<Record<string, number>> {
  const pairs = all.filter((pair) => pair !== undefined)
  const strangers = crossed(pairs, (a, b) => [similarity(a.first.original, b.second.original)])
  const sides = pairs.flatMap(({ person, first, second }) => [
    { person, own: first, other: second },
    { person, own: second, other: first },
  ])
  const untouched = sides.map(({ own, other }) => similarity(own.original, other.original))
  const after = sides.flatMap(({ own, other }) =>
    own.results.map((result) => similarity(result, other.original)),
  )
  const strangersAfter = crossed(pairs, (a, b) =>
    a.first.results.map((r) => similarity(r, b.second.original)),
  )
  const { rate, threshold } = trueAcceptRate(after, strangers, falseAccept)
  const probes = (vectors: (own: SeenPicture) => readonly Float32Array[]): readonly Probe[] =>
    sides.flatMap(({ person, own }) => vectors(own).map((vector) => ({ person, vector, without: own.file })))
  return {
    pairs: pairs.length,
    unreadable_pairs: all.length - pairs.length,
    results: after.length,
    synthetic: meanOf(sides.map(({ own }) => (own.synthetic ? 1 : 0))),
    ...withInterval('matched', rate, pairs.length),
    threshold,
    similarity: meanOf(after),
    untouched_matched: trueAcceptRate(untouched, strangers, falseAccept).rate,
    untouched_similarity: meanOf(untouched),
    strangers: meanOf(strangers),
    strangers_after: meanOf(strangersAfter),
    gallery: gallery.length,
    ...named(
      'rank',
      rankFigures(
        gallery,
        probes(({ results }) => results),
      ),
    ),
    ...named(
      'untouched_rank',
      rankFigures(
        gallery,
        probes(({ original }) => [original]),
      ),
    ),
  }
}

/** Of each two different people, both ways round. */
function crossed(
  pairs: readonly SeenPair[],
  likeness: (a: SeenPair, b: SeenPair) => readonly number[],
): readonly number[] {
  return pairs.flatMap((a) => pairs.flatMap((b) => (a.person === b.person ? [] : likeness(a, b))))
}

function withInterval(name: string, rate: number, people: number): Record<string, number> {
  const [low, high] = wilsonInterval(rate * people, people)
  return { [name]: rate, [`${name}_least`]: low, [`${name}_most`]: high }
}

const named = (name: string, figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([key, value]) => [`${name}_${key}`, value]))

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
