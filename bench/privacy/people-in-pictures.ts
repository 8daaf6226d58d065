// Tells by the names of the portraits' files whose they are, and which are two pictures of one person.

/** Files of one person, by name. */
export interface PicturePair {
  readonly person: string
  readonly first: string
  readonly second: string
}

/**
 * The published number in `SOURCE_NUMBER_n.jpg`: a letter and six digits of the congressional biographical directory, or
 * `vote` and six digits of Voteview, which counts people anew. Undefined for other names.
 */
export function personNamed(file: string): string | undefined {
  const [, biographical] = /^(?:cong|gov24)_([A-Z]\d{6})_/.exec(file) ?? []
  return biographical ?? /^vote_\d{6}(?=_)/.exec(file)?.[0]
}

/** True where people are told apart by one list: Voteview's twins are copies of one file. */
export const isBiographical = (file: string): boolean => /^[A-Z]/.test(personNamed(file) ?? '')

/** Each two pictures of one person that are two photographs, in the order of their names. */
export function picturePairs(files: readonly string[]): readonly PicturePair[] {
  const byPerson = Map.groupBy(files.filter(isBiographical).toSorted(), (file) => personNamed(file) ?? '')
  return [...byPerson].flatMap(([person, own]) =>
    own.flatMap((first, i) => own.slice(i + 1).map((second) => ({ person, first, second }))),
  )
}
