// Tests whether a drawn identity comes nearer to a person than different people come to each other.
import type { Canvas } from '#anonymizer/syn/canvas.ts'
import { fitFace } from '#anonymizer/syn/fit-face.ts'
import { drawIdentity } from '#anonymizer/syn/pure/identity.ts'
import { seededDraw, wholeDraw } from '#anonymizer/syn/pure/seeded-draws.ts'
import { type SeenFace, seeFace } from '#anonymizer/syn/see-face.ts'
import type { SynModels } from '#anonymizer/syn/synthesizer.ts'
import type { Box } from '#schemas/detection-document.ts'
import type { Rgb } from '../privacy/face-witness.ts'

/** Where a person's face lies in the appearance model; undefined where no mesh fits. */
export async function personOf(
  models: SynModels,
  picture: Rgb,
  { box, roll }: { readonly box: Box; readonly roll: number },
): Promise<SeenFace | undefined> {
  const canvas = canvasOf(picture)
  const fitting = await fitFace(canvas, { box, roll }, models)
  return fitting.verdict === 'fit' ? seeFace(canvas, fitting.points, models.appearance) : undefined
}

function canvasOf({ data, width, height }: Rgb): Canvas {
  const plane = (offset: number) => ({
    ...{ data, offset, stride: width * 3, step: 3, xShift: 0, yShift: 0, width, height },
  })
  return { planes: [plane(0), plane(1), plane(2)], colours: 'rgb', peak: 255, width, height }
}

/** Pairs of people of which the nearest tell what is near. */
const NEAREST = 0.01

/**
 * `count` draws, each in place of one of the people, against all people of its group. Distances are Euclidean in standard
 * deviations of the model's components.
 */
export function nearestSource(people: readonly SeenFace[], count: number): Readonly<Record<string, number>> {
  const next = seededDraw(new Uint8Array(32).fill(9))
  const figures: Record<string, number> = { people: people.length, draws: count }
  const draws = Array.from({ length: count }, () => {
    const person = people[wholeDraw(next, people.length)] ?? people[0]
    if (!person) throw new RangeError('no people to draw for')
    return drawIdentity(next, person.prior, person.original)
  })
  for (const kind of ['texture', 'shape'] as const) {
    const groups = [0, 1].map((group) => people.filter(({ prior }) => prior.group === group))
    const limits = groups.map((group) => quantile(pairs(group, kind), NEAREST))
    const near = draws.map((drawn) => {
      const distances = (groups[drawn.group] ?? []).map(({ original }) => far(original[kind], drawn[kind]))
      return distances.filter((distance) => distance < (limits[drawn.group] ?? 0)).length
    })
    const all = draws.reduce((sum, { group }) => sum + (groups[group]?.length ?? 0), 0)
    figures[`${kind}_near_draws`] = near.filter((hits) => hits > 0).length / count
    figures[`${kind}_near_pairs`] = near.reduce((a, b) => a + b, 0) / Math.max(1, all)
  }
  return figures
}

function pairs(people: readonly SeenFace[], kind: 'texture' | 'shape'): readonly number[] {
  return people.flatMap((a, i) => people.slice(i + 1).map((b) => far(a.original[kind], b.original[kind])))
}

const far = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, k) => sum + (value - (b[k] ?? 0)) ** 2, 0))

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0
