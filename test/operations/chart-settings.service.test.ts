// What the program can be told, the chart can tell it; wrong values are refused before anything is made.
import { describe, expect, it } from 'vitest'
import { SETTING_NAMES } from '#runtime/service/pure/read-settings.ts'
import { type Manifest, renderChart, valueSets } from './rendered-chart.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('helm')
interface Variable {
  readonly name: string
  readonly value?: string
}
const rendered = (set: string, ...more: readonly string[]) => renderChart(tools?.helm ?? '', set, more)
const variables = (manifests: readonly Manifest[]): readonly Variable[] =>
  manifests
    .flatMap(({ spec }) => spec?.template?.spec?.containers ?? [])
    .flatMap(({ env }: { env?: readonly Variable[] }) => env ?? [])

describe.skipIf(!tools)('the settings of the program', () => {
  it('can all be told by the chart', () => {
    const told = new Set(
      valueSets.flatMap((set) => variables(rendered(set).manifests)).map(({ name }) => name),
    )
    expect(SETTING_NAMES.filter((name) => !told.has(name))).toEqual([])
  })

  it('that are values of a site reach every process', () => {
    const { manifests } = rendered('external')
    const values = (wanted: string) =>
      new Set(variables(manifests).flatMap(({ name, value }) => (name === wanted ? value : [])))
    expect(values('SYNTONYM_LOG_LEVEL')).toEqual(new Set(['debug']))
    expect(values('SYNTONYM_S3_SOURCE_BUCKETS')).toEqual(new Set(['incoming,archive']))
    const usual = variables(rendered('default').manifests).filter(({ name }) => name === 'SYNTONYM_LOG_LEVEL')
    expect(new Set(usual.map(({ value }) => value))).toEqual(new Set(['info']))
  })

  it.each([
    ['a level that is none', 'logLevel=trace', /logLevel/],
    ['a bucket with a slash', 'services.s3.sourceBuckets[0]=a/b', /sourceBuckets\/0/],
  ])('%s is refused with its place', (_, value, said) => {
    expect(rendered('default', '--set', value).refusal).toMatch(said)
  })
})
