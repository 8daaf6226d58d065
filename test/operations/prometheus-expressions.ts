// Every expression that operators rely on, the queries of the panels and what the alert rules look at, asked of a Prometheus.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { DASHBOARDS } from '../../charts/dashboards/dashboard-plans.ts'
import type { PrometheusServer } from './prometheus-server.ts'

export const ALERT_RULES = join(import.meta.dirname, '..', '..', 'charts', 'syntonym', 'files', 'alerts.yaml')

export interface PanelQuery {
  readonly board: string
  readonly title: string
  readonly expression: string
}
/** `range`: what stands for Grafana's own interval, as `10m`. */
export const panelQueries = (range: string): readonly PanelQuery[] =>
  Object.entries(DASHBOARDS).flatMap(([board, { rows }]) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.map(([asked]) => ({ board, title, expression: asked.replaceAll('$__rate_interval', range) })),
      ),
    ),
  )

/** Queries that show nothing: no series, or none with a number. */
export async function emptyPanels(prometheus: PrometheusServer, range: string): Promise<string[]> {
  const empty: string[] = []
  for (const { board, title, expression } of panelQueries(range)) {
    const found = await prometheus.series(expression)
    if (!found.some(({ value }) => Number.isFinite(Number(value[1]))))
      empty.push(`${board}, ${title}: ${expression}`)
  }
  return empty
}

/** What an alert looks at, without what it does with it: metrics with their matchers. */
export const selectorsOf = (expression: string): readonly string[] =>
  expression.match(/\bsyntonym_[a-z0-9_]+(\{[^}]*\})?/g) ?? []

/** Server errors of the gateway need not have occurred: where they have not, its alert stays silent, as it should. */
const NEED_NOT_BE = new Set(['syntonym_http_request_seconds_count{status=~"5.."}'])

/** What alert rules look at and no process ever had within the range: such a rule would never fire. */
export async function unseenByAlerts(prometheus: PrometheusServer, range: string): Promise<string[]> {
  const rules = parse(readFileSync(ALERT_RULES, 'utf8')).groups[0].rules as { alert: string; expr: string }[]
  const unseen: string[] = []
  for (const { alert, expr } of rules)
    for (const selector of selectorsOf(expr)) {
      if (NEED_NOT_BE.has(selector)) continue
      const found = await prometheus.series(`count(last_over_time(${selector}[${range}]))`)
      if (found.length === 0) unseen.push(`${alert}: ${selector}`)
    }
  return unseen
}
