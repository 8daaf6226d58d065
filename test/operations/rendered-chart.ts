// Renders the chart with one of its sets of values, for tests that look at single manifests.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const chartFolder = join(import.meta.dirname, '..', '..', 'charts', 'syntonym')
export const valueSets: readonly string[] = readdirSync(join(chartFolder, 'ci')).map((name) =>
  name.replace('-values.yaml', ''),
)

// biome-ignore lint/suspicious/noExplicitAny: chart.service.test.ts holds manifests against the schemas of Kubernetes
export type Manifest = any

export interface Rendered {
  readonly manifests: readonly Manifest[]
  /** What helm said where it refused. */
  readonly refusal: string
}

/** `helm template` of a set, with more arguments; `release` names it. */
export function renderChart(
  helm: string,
  set: string,
  more: readonly string[] = [],
  release = 'syn',
): Rendered {
  const values = join(chartFolder, 'ci', `${set}-values.yaml`)
  const { stdout, stderr, status } = spawnSync(helm, ['template', release, '.', '-f', values, ...more], {
    encoding: 'utf8',
    cwd: chartFolder,
    timeout: 120_000,
  })
  const manifests = parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter(Boolean)
  return { manifests, refusal: status === 0 ? '' : stderr }
}
