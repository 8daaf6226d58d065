import { describe, expect, it } from 'vitest'
import { type Manifest, renderChart, valueSets } from './rendered-chart.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('helm')
const render = (set: string, ...more: readonly string[]) => renderChart(tools?.helm ?? '', set, more)
const jobOf = (set: string, ...more: readonly string[]): Manifest =>
  render(set, ...more).manifests.find(({ kind }) => kind === 'Job')

describe.skipIf(!tools)('the topic job', () => {
  it.each(valueSets)('%s: nothing that rooms wait for is a hook, so helm --wait comes to its end', (set) => {
    const { manifests } = render(set)
    const hooks = manifests.flatMap(({ metadata }) => metadata.annotations?.['helm.sh/hook'] ?? [])
    expect(hooks).toEqual(['test'])
    const { spec } = jobOf(set)
    expect(spec.template.spec.containers[0].args).toEqual(['topics', 'create'])
    expect(spec.ttlSecondsAfterFinished).toBeGreaterThan(0)
  })

  it('has another name for every change of its contents, since a job cannot be changed', () => {
    const name = jobOf('default').metadata.name
    expect(name).toMatch(/^syn-topics-1-[0-9a-f]{8}$/)
    expect(jobOf('default').metadata.name).toBe(name)
    expect(jobOf('default', '--set', 'image.tag=9.9.9').metadata.name).not.toBe(name)
    expect(jobOf('default', '--set', 'services.kafka.brokers={other:9092}').metadata.name).not.toBe(name)
  })

  it('keeps what makes its name its own where the name of the release is as long as it may be', () => {
    const { manifests } = renderChart(tools?.helm ?? '', 'default', [], 'x'.repeat(53))
    const { name } = manifests.find(({ kind }) => kind === 'Job').metadata
    expect(name).toMatch(/^x+-1-[0-9a-f]{8}$/)
    expect(name.length).toBeLessThanOrEqual(63)
  })
})
