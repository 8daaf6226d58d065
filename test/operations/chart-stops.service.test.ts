import { describe, expect, it } from 'vitest'
import { type Manifest, renderChart, valueSets } from './rendered-chart.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('helm')
const render = (set: string, ...more: readonly string[]) => renderChart(tools?.helm ?? '', set, more)
const deployments = (set: string): readonly Manifest[] =>
  render(set).manifests.filter(({ kind }) => kind === 'Deployment')
const settingOf = ({ spec }: Manifest, name: string): string | undefined =>
  spec.template.spec.containers[0].env.find((each: { name: string }) => each.name === name)?.value

/** What a room takes at most to stop after it was drained (cli/commands/room.ts). */
const STOP_SECONDS = 25

describe.skipIf(!tools)('how pods stop', () => {
  it.each(valueSets)(
    '%s: a pool has its time to drain and then its time to stop before it is killed',
    (set) => {
      const pools = deployments(set).filter((each) => settingOf(each, 'SYNTONYM_TASK_KINDS') !== undefined)
      expect(pools.length).toBeGreaterThan(0)
      for (const pool of pools) {
        const drain = Number(settingOf(pool, 'SYNTONYM_DRAIN_SECONDS'))
        expect(drain).toBeGreaterThan(0)
        expect(pool.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(drain + STOP_SECONDS)
      }
    },
  )

  it('a gateway goes on answering while its nodes learn that it goes, within its grace period', () => {
    const gateway = deployments('default').find(({ metadata }) => metadata.name === 'syn-gateway')
    const { containers, terminationGracePeriodSeconds } = gateway.spec.template.spec
    const [program, seconds] = containers[0].lifecycle.preStop.exec.command
    expect(program).toBe('sleep')
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + STOP_SECONDS)
  })

  it('a drain that the grace period would cut off is refused with its place', () => {
    const { refusal } = render('default', '--set', 'anonymizer.pools.films.drainSeconds=600')
    expect(refusal).toContain(
      'anonymizer.pools.films.terminationGraceSeconds: at least drainSeconds and 30 s',
    )
  })

  it('each pool is told the kinds it is for', () => {
    const kinds = deployments('default').map((each) => settingOf(each, 'SYNTONYM_TASK_KINDS'))
    expect(kinds.filter(Boolean).toSorted()).toEqual(['film', 'picture'])
  })
})
