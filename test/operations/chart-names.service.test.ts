// Names of what the chart makes: unique and short enough, however long the release's name is.
import { describe, expect, it } from 'vitest'
import { type Manifest, renderChart, valueSets } from './rendered-chart.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('helm')
/** The longest that helm allows. */
const LONG = `studio-north-${'a'.repeat(40)}`

const rendered = (set: string, release: string): readonly Manifest[] => {
  const { manifests, refusal } = renderChart(tools?.helm ?? '', set, [], release)
  expect(refusal).toBe('')
  return manifests
}
const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`

describe.skipIf(!tools)('a release with the longest name', () => {
  it.each(valueSets)('%s: has as many things as one with a short name, none over another', (set) => {
    expect(LONG).toHaveLength(53)
    const names = rendered(set, LONG).map(nameOf)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(rendered(set, 'syn').length)
  })

  it.each(valueSets)('%s: services, jobs, pods and labels keep to 63 characters', (set) => {
    for (const manifest of rendered(set, LONG)) {
      if (['Service', 'Job', 'Pod', 'Deployment', 'StatefulSet'].includes(manifest.kind))
        expect([nameOf(manifest), manifest.metadata.name.length <= 63]).toEqual([nameOf(manifest), true])
      for (const value of Object.values(manifest.metadata.labels ?? {}))
        expect([value, String(value).length <= 63]).toEqual([value, true])
    }
  })

  it.each(valueSets)('%s: what scales or keeps up a workload names one that is there', (set) => {
    const manifests = rendered(set, LONG)
    const there = new Set(manifests.map(nameOf))
    const targets = manifests.flatMap(({ spec }) => spec?.scaleTargetRef ?? [])
    for (const { kind = 'Deployment', name } of targets) expect(there).toContain(`${kind} ${name}`)
  })

  it('the test pod and the notes ask the service that is there', () => {
    const manifests = rendered('default', LONG)
    const services = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name)
    const asked = JSON.stringify(manifests.find(({ kind }) => kind === 'Pod')).match(/http:\/\/([a-z0-9-]+):/)
    expect(services).toContain(asked?.[1])
  })
})

describe.skipIf(!tools)('a release with a short name', () => {
  it('keeps its plain names', () => {
    const names = rendered('default', 'syn').map(({ metadata }) => metadata.name)
    for (const name of ['syn-gateway', 'syn-extractor', 'syn-projection', 'syn-anonymizer-films'])
      expect(names).toContain(name)
  })
})
