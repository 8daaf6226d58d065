// Builds a Grafana dashboard from rows of panels, each a title, a unit and its queries.
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

export interface PanelPlan {
  readonly title: string
  /** What a reader should conclude from it. */
  readonly about: string
  /** Grafana's name of the unit. */
  readonly unit: string
  readonly kind?: 'stat'
  /** Expression and legend. */
  readonly queries: readonly (readonly [string, string])[]
}
export interface DashboardPlan {
  readonly uid: string
  readonly title: string
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelPlan[] }[]
}

const SOURCE = { type: 'prometheus', uid: '$datasource' }
const COLUMNS = 3
const PANEL = { h: 8, w: 24 / COLUMNS }

function panelOf(plan: PanelPlan): TimeseriesBuilder | StatBuilder {
  const panel = plan.kind === 'stat' ? new StatBuilder() : new TimeseriesBuilder().min(0)
  panel
    .title(plan.title)
    .description(plan.about)
    .unit(plan.unit)
    .datasource(SOURCE)
    .height(PANEL.h)
    .span(PANEL.w)
  for (const [index, [expression, legend]] of plan.queries.entries())
    panel.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + index))
        .datasource(SOURCE)
        .expr(expression)
        .legendFormat(legend),
    )
  return panel
}

/** The data source is a variable: the same file fits every Grafana. */
export function buildDashboard(plan: DashboardPlan): Dashboard {
  const builder = new DashboardBuilder(plan.title)
    .uid(plan.uid)
    .tags(['syntonym'])
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
  for (const row of plan.rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) builder.withPanel(panelOf(panel))
  }
  return builder.build()
}
