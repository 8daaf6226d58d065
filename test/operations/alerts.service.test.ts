import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { pageMetrics } from './metrics-page.ts'
import { requireTools } from './tools.ts'

const root = join(import.meta.dirname, '..', '..')
const rulesPath = join(root, 'charts', 'syntonym', 'files', 'alerts.yaml')
const casesPath = join(import.meta.dirname, 'alerts.test.yaml')
const tools = await requireTools('prometheus')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}
const rules: readonly Rule[] = parse(readFileSync(rulesPath, 'utf8')).groups.flatMap(
  (group: { rules: readonly Rule[] }) => group.rules,
)

test.skipIf(!tools)(
  'each alert fires on what it is there for, once for two pods, and is silent in good order',
  () => {
    const promtool = join(tools?.prometheus ?? '', 'promtool')
    const check = (...args: readonly string[]) =>
      spawnSync(promtool, args, { encoding: 'utf8', cwd: import.meta.dirname, timeout: 50_000 })
    expect(check('check', 'rules', '--lint-fatal', rulesPath)).toMatchObject({ status: 0 })
    const done = check('test', 'rules', casesPath)
    expect([done.stdout + done.stderr, done.status]).toEqual([expect.stringContaining('SUCCESS'), 0])
  },
)

test('no alert is without a case in which it fires, and one in which it is silent', () => {
  interface Case {
    readonly alert_rule_test: readonly {
      readonly alertname: string
      readonly exp_alerts: readonly unknown[]
    }[]
  }
  const cases: readonly Case[] = parse(readFileSync(casesPath, 'utf8')).tests
  const all = cases.flatMap((each) => each.alert_rule_test)
  const named = (fires: boolean) =>
    new Set(all.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname))
  for (const { alert } of rules)
    expect([alert, named(true).has(alert), named(false).has(alert)]).toEqual([alert, true, true])
})

test('each alert has a runbook that is about it and says where to look and what to do; no runbook is left over', () => {
  const used = new Set<string>()
  for (const { alert, labels, annotations } of rules) {
    expect(['warning', 'critical']).toContain(labels.severity)
    const path = join(root, annotations.runbook)
    expect([alert, existsSync(path)]).toEqual([alert, true])
    expect(readFileSync(path, 'utf8')).toMatch(
      new RegExp(`^# ${alert}\n[\\s\\S]+\n## Look\n[\\s\\S]+\n## Do\n`),
    )
    used.add(annotations.runbook.replace('docs/runbooks/', ''))
  }
  expect(readdirSync(join(root, 'docs', 'runbooks')).filter((name) => !used.has(name))).toEqual([])
})

test('alerts and runbooks name only metrics that the code registers', () => {
  const metrics = [...pageMetrics().values()].flat()
  const known = new Set(
    metrics.flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
    ),
  )
  const page = new Set(metrics.map(({ name }) => name))
  const books = readdirSync(join(root, 'docs', 'runbooks')).map((name) =>
    readFileSync(join(root, 'docs', 'runbooks', name), 'utf8'),
  )
  const named = (text: string) =>
    (text.match(/\bsyntonym_[a-z0-9_]+/g) ?? []).filter((name) => !name.startsWith('syntonym_nodejs_'))
  expect(rules.flatMap(({ expr }) => named(expr)).filter((name) => !known.has(name))).toEqual([])
  expect(books.flatMap(named).filter((name) => !known.has(name) && !page.has(name))).toEqual([])
})
