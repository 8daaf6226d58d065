import { expect, test } from 'vitest'
import { buildDashboard } from '../../charts/dashboards/build-dashboard.ts'
import { DASHBOARDS } from '../../charts/dashboards/dashboard-plans.ts'
import { pageMetrics } from './metrics-page.ts'

const boards = Object.entries(DASHBOARDS)
const queries = boards.flatMap(([, { rows }]) =>
  rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(([expression]) => expression))),
)

test.each(boards)(
  'the committed dashboard %s is what the code builds (vitest -u writes it anew)',
  async (name, plan) => {
    const json = `${JSON.stringify(buildDashboard(plan), null, 2)}\n`
    await expect(json).toMatchFileSnapshot(`../../charts/syntonym/files/dashboards/${name}.json`)
  },
)

test('every metric of the page is on a panel or in an alert’s reach', () => {
  const shown = queries.join(' ')
  const unseen = [...pageMetrics().values()].flat().filter(({ name }) => !shown.includes(name))
  // Told apart elsewhere: `record_seconds` and the rest are for a closer look with a query of one's own.
  // `films_off_gpu` has series only where a GPU was asked for, so a panel would be empty for most.
  expect(unseen.map(({ name }) => name).toSorted()).toEqual([
    'syntonym_films_off_gpu_total',
    'syntonym_http_event_streams',
    'syntonym_outbox_depth',
    'syntonym_outbox_relayed_total',
    'syntonym_progress_dropped_total',
    'syntonym_record_seconds',
  ])
})
