// Writes docs/metrics.md from the registries that the code makes: what is not registered cannot stand on the page.
import { Registry } from 'prom-client'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { gatewayMetrics } from '#gateway/http/watch-requests.ts'
import { factMetrics } from '#projection/fact-metrics.ts'
import { jobMetrics } from '#projection/job-metrics.ts'
import { dependencyMetrics, workFolderMetrics } from '#runtime/service/health-metrics.ts'
import { createRegistry, lagMetrics, pumpMetrics, relayMetrics } from '#runtime/service/metrics.ts'

export interface PageMetric {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly help: string
}

const READ_BY = {
  'every process': (registry: Registry) => {
    dependencyMetrics(registry, [])
    lagMetrics(registry, { lag: async () => 0n }, [])
    pumpMetrics(registry, [])
    relayMetrics(registry)
  },
  gateway: gatewayMetrics,
  anonymizer: (registry: Registry) => {
    taskMetrics(registry, { executionProvider: 'cpu', models: [] })
    workFolderMetrics(registry, '/')
  },
  projection: (registry: Registry) => {
    factMetrics(registry)
    jobMetrics(registry, { now: () => 0 })
  },
} as const

function metricsOf(registry: Registry): PageMetric[] {
  return registry.getMetricsAsArray().map((metric) => {
    const { name, help } = metric
    const labels = 'labelNames' in metric ? (metric.labelNames as string[]) : []
    const type = metric.constructor.name.toLowerCase()
    return { name, help, type, labels }
  })
}

/** Our own metrics by the process that has them; the library's own, with the prefix, are left out. */
export function pageMetrics(): ReadonlyMap<string, readonly PageMetric[]> {
  const build = createRegistry({ version: '0', room: 'page' })
  const info = metricsOf(build).filter(({ name }) => name === 'syntonym_build_info')
  build.clear()
  const page = new Map<string, readonly PageMetric[]>()
  for (const [room, register] of Object.entries(READ_BY)) {
    const registry = new Registry()
    register(registry)
    page.set(room, [...(room === 'every process' ? info : []), ...metricsOf(registry)])
  }
  return page
}

const INTRODUCTION = `# Metrics

Every process of cluster mode answers \`/metrics\` in the Prometheus text format on a port of its own
(\`SYNTONYM_METRICS_PORT\`, 9464); in local mode the gateway answers for all rooms on its port. Units are base units, labels
come from closed sets: no ids, names or paths. What is not in a closed set counts as \`other\`.
Besides these there are the runtime's own under \`syntonym_process_*\` and \`syntonym_nodejs_*\`, among them
\`syntonym_nodejs_eventloop_lag_p99_seconds\`.

This page is written from the registry in the code (\`npm test -- test/operations -u\`).
`

export function metricsPage(): string {
  const parts = [...pageMetrics()].map(([room, metrics]) => {
    const rows = metrics.map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    )
    return `\n## ${room[0]?.toUpperCase()}${room.slice(1)}\n\n| metric | type | labels | what it says |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
  })
  return INTRODUCTION + parts.join('')
}
