import { describe, expect, test } from 'vitest'
import { rankFigures, rankIn } from '../../bench/privacy/gallery-ranks.ts'
import { isBiographical, personNamed, picturePairs } from '../../bench/privacy/people-in-pictures.ts'
import { acrossFigures, type SeenPair } from '../../bench/syn/across-pictures.ts'

/** A face at an angle in degrees: similarity is the cosine of the angle between two. */
const at = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180))

describe('whose a portrait is', () => {
  test('is told by the published number in its name', () => {
    expect(personNamed('cong_A000055_0422.jpg')).toBe('A000055')
    expect(personNamed('gov24_A000055_0002.jpg')).toBe('A000055')
    expect(personNamed('vote_007710_1086.jpg')).toBe('vote_007710')
    expect(personNamed('somebody.jpg')).toBeUndefined()
  })
  test('is known across sources only by the biographical directory', () => {
    expect(isBiographical('gov24_A000055_0002.jpg')).toBe(true)
    expect(isBiographical('vote_007710_1086.jpg')).toBe(false)
    expect(isBiographical('somebody.jpg')).toBe(false)
  })
  test('makes each two of their photographs a pair, and no copy of one file', () => {
    const files = [
      'gov24_A000055_0002.jpg',
      'vote_000132_0662.jpg',
      'cong_B000213_0425.jpg',
      'vote_000132_0731.jpg',
      'cong_A000055_0422.jpg',
      'cong_C000001_0003.jpg',
      'gov24_C000001_0004.jpg',
      'gov24_C000001_0005.jpg',
    ]
    expect(picturePairs(files).map(({ first, second }) => [first, second])).toEqual([
      ['cong_A000055_0422.jpg', 'gov24_A000055_0002.jpg'],
      ['cong_C000001_0003.jpg', 'gov24_C000001_0004.jpg'],
      ['cong_C000001_0003.jpg', 'gov24_C000001_0005.jpg'],
      ['gov24_C000001_0004.jpg', 'gov24_C000001_0005.jpg'],
    ])
  })
})

describe('the rank of a person in a gallery', () => {
  const gallery = [
    { file: 'a1', person: 'a', vector: at(0) },
    { file: 'a2', person: 'a', vector: at(40) },
    { file: 'b', person: 'b', vector: at(20) },
    { file: 'c', person: 'c', vector: at(90) },
  ]
  test('is that of the most like of their pictures', () => {
    expect(rankIn(gallery, { person: 'a', vector: at(1) })).toBe(1)
    expect(rankIn(gallery, { person: 'b', vector: at(1) })).toBe(2)
    expect(rankIn(gallery, { person: 'c', vector: at(1) })).toBe(4)
  })
  test('does not count the picture that is looked for itself', () => {
    expect(rankIn(gallery, { person: 'a', vector: at(1), without: 'a1' })).toBe(2)
  })
  test('is the last one of equals, so that a draw is no hit', () => {
    const twins = [...gallery, { file: 'd', person: 'd', vector: at(0) }]
    expect(rankIn(twins, { person: 'a', vector: at(0) })).toBe(2)
  })
  test('is summed up beside what guessing gives', () => {
    const probes = [
      { person: 'a', vector: at(1), without: 'a1' },
      { person: 'c', vector: at(89) },
    ]
    const { first, among_ten, median, chance } = rankFigures(gallery, probes)
    expect([first, among_ten, median]).toEqual([0.5, 1, 2])
    expect(chance).toBeCloseTo((1 / 3 + 1 / 4) / 2, 9)
  })
})

describe('across two photographs of a person', () => {
  /** Ten people, 18 degrees apart; the second photograph `other` degrees on; results `moved` degrees on. */
  const pairs = (moved: number, other = 2): readonly SeenPair[] =>
    Array.from({ length: 10 }, (_, i) => {
      const picture = (file: string, angle: number) => ({
        ...{ file, original: at(angle), synthetic: true },
        results: [at(angle + moved), at(angle + moved)],
      })
      return {
        person: `p${i}`,
        first: picture(`p${i}-1`, i * 18),
        second: picture(`p${i}-2`, i * 18 + other),
      }
    })
  const galleryOf = (seen: readonly SeenPair[]) =>
    seen.flatMap(({ person, first, second }) =>
      [first, second].map(({ file, original }) => ({ file, person, vector: original })),
    )
  test('untouched faces are matched and first, whatever became of the results', () => {
    const seen = pairs(9)
    const figures = acrossFigures(seen, galleryOf(seen), 0.01)
    expect(figures.untouched_matched).toBe(1)
    expect(figures.untouched_rank_first).toBe(1)
    expect(figures.untouched_similarity).toBeCloseTo(Math.cos((2 * Math.PI) / 180), 6)
  })
  test('a result is measured against the other photograph, not the one that it is of', () => {
    const seen = pairs(0)
    const figures = acrossFigures(seen, galleryOf(seen), 0.01)
    expect(figures.matched).toBe(1)
    expect(figures.results).toBe(40)
    expect(figures.similarity).toBeCloseTo(Math.cos((2 * Math.PI) / 180), 6)
  })
  test('a result that went further than the next person is matched to nobody, and another comes first', () => {
    const seen = pairs(27)
    const figures = acrossFigures(seen, galleryOf(seen), 0.01)
    expect(figures.matched).toBe(0)
    expect(figures.rank_first).toBeLessThan(0.2)
  })
  test('the photograph that a result was made of does not answer for its person', () => {
    const seen = pairs(0, 27)
    const figures = acrossFigures(seen, galleryOf(seen), 0.01)
    expect(figures.rank_first).toBeLessThan(0.2)
    expect(figures.untouched_rank_first).toBeLessThan(0.2)
  })
  test('the interval counts people and not draws, and a pair without a face is told', () => {
    const seen = pairs(27)
    const figures = acrossFigures([...seen, undefined], galleryOf(seen), 0.01)
    expect(figures.unreadable_pairs).toBe(1)
    expect(figures.pairs).toBe(10)
    expect(figures.matched_most).toBeCloseTo(0.278, 3)
  })
})
