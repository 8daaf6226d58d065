// A real Prometheus that scrapes the addresses it is told every second and knows our alert rules, as a process of its own on loopback.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../e2e/rest.ts'
import { freePorts } from '../services/free-ports.ts'

export interface PrometheusServer extends AsyncDisposable {
  /** The series that an expression has now. @throws when Prometheus refuses the expression */
  series(expression: string): Promise<
    readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: readonly [number, string]
    }[]
  >
  /** The series of an expression over a time, in seconds since 1970: pairs of time and number. */
  range(
    expression: string,
    over: { readonly from: number; readonly to: number; readonly step: number },
  ): Promise<
    readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly values: readonly (readonly [number, string])[]
    }[]
  >
  /** Every loaded alert rule with its health. */
  rules(): Promise<readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]>
}

const START_WITHIN_MS = 60_000

export async function startPrometheus(
  binaries: string,
  options: { readonly targets: readonly string[]; readonly rules: string },
): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-prometheus-'))
  const [port = 0] = await freePorts(1)
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [options.rules],
    scrape_configs: [{ job_name: 'syntonym', static_configs: [{ targets: options.targets }] }],
  }
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const args = [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=data',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]
  const child = spawn(join(binaries, 'prometheus'), args, { cwd: folder, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const get = async (path: string) => {
    const answer = await fetch(`${url}${path}`)
    // biome-ignore lint/suspicious/noExplicitAny: Prometheus's own JSON
    const body = (await answer.json()) as any
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`)
    return body.data
  }
  await until(
    'Prometheus',
    () =>
      fetch(`${url}/-/ready`).then(
        ({ status }) => status,
        () => 0,
      ),
    (status) => status === 200,
    START_WITHIN_MS,
  )
  return {
    series: async (expression) => (await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)).result,
    range: async (expression, { from, to, step }) => {
      const asked = new URLSearchParams({
        query: expression,
        start: `${from}`,
        end: `${to}`,
        step: `${step}`,
      })
      return (await get(`/api/v1/query_range?${asked}`)).result
    },
    rules: async () => (await get('/api/v1/rules')).groups.flatMap((group: { rules: [] }) => group.rules),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
