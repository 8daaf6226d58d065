// Ranks the pictures of a gallery by how like they are to a face, to tell whether its person comes first.
import { similarity } from './face-embedder.ts'

export interface GalleryPicture {
  readonly file: string
  readonly person: string
  readonly vector: Float32Array
}

/** A face whose person is known, and the picture that it is of. */
export interface Probe {
  readonly person: string
  readonly vector: Float32Array
  /** A file of the gallery that may not answer. */
  readonly without?: string
}

/** How many pictures of others are more like the face than the most like of its own person, and one: 1 is the nearest. */
export function rankIn(gallery: readonly GalleryPicture[], { person, vector, without }: Probe): number {
  const others: number[] = []
  let own = Number.NEGATIVE_INFINITY
  for (const picture of gallery) {
    if (picture.file === without) continue
    const like = similarity(vector, picture.vector)
    if (picture.person === person) own = Math.max(own, like)
    else others.push(like)
  }
  return 1 + others.filter((like) => like >= own).length
}

/** How often somebody who guesses names the right person first: pictures of the person by all pictures. */
export function chanceIn(gallery: readonly GalleryPicture[], { person, without }: Probe): number {
  const asked = gallery.filter(({ file }) => file !== without)
  return asked.filter((picture) => picture.person === person).length / Math.max(1, asked.length)
}

/** Part of the probes whose person is the nearest, and among the ten nearest; the middle rank; what chance would give. */
export function rankFigures(
  gallery: readonly GalleryPicture[],
  probes: readonly Probe[],
): Readonly<Record<'first' | 'among_ten' | 'median' | 'chance', number>> {
  const ranks = probes.map((probe) => rankIn(gallery, probe)).toSorted((a, b) => a - b)
  const part = (most: number): number =>
    ranks.filter((rank) => rank <= most).length / Math.max(1, ranks.length)
  const chances = probes.map((probe) => chanceIn(gallery, probe))
  return {
    first: part(1),
    among_ten: part(10),
    median: ranks[ranks.length >> 1] ?? Number.NaN,
    chance: chances.reduce((sum, chance) => sum + chance, 0) / Math.max(1, chances.length),
  }
}
