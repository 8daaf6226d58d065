// Draws every panel of every dashboard from what a Prometheus holds, one picture for each dashboard, so that somebody looks at them.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { DashboardPlan, PanelPlan } from '../../charts/dashboards/build-dashboard.ts'
import { DASHBOARDS } from '../../charts/dashboards/dashboard-plans.ts'
import type { PrometheusServer } from './prometheus-server.ts'

/** Seconds since 1970. */
export interface Recorded {
  readonly from: number
  readonly to: number
}
interface Line {
  readonly legend: string
  /** Time and number; gaps where there was no number. */
  readonly points: readonly (readonly [number, number])[]
}

const POINTS = 150
const COLUMNS = 3
const PANEL = { width: 480, height: 250 }
const PLOT = { left: 64, top: 44, right: 12, height: 118 }
const LEGENDS = 5
const COLOURS = ['#4c8dff', '#f2b134', '#5bbf72', '#e0584f', '#a077d6', '#3fb8b8', '#d670a8', '#9a9a9a']

/** Numbers as Grafana writes them in the units that our panels use. */
function inUnit(value: number, unit: string): string {
  const plain = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
  if (unit === 'percentunit') return `${Number((100 * value).toPrecision(3))} %`
  if (unit === 'Bps')
    return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB/s` : `${(value / 1e3).toFixed(1)} kB/s`
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(0)} MiB`
  if (unit === 's') return value < 1 ? `${Number((1000 * value).toPrecision(3))} ms` : `${plain} s`
  if (unit === 'cps' || unit === 'reqps') return `${plain} /s`
  return plain
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const text = (x: number, y: number, said: string, style = ''): string =>
  `<text x="${x}" y="${y}" ${style}>${escaped(said)}</text>`
const legendOf = (pattern: string, metric: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '')

async function linesOf(
  prometheus: PrometheusServer,
  panel: PanelPlan,
  over: Recorded,
  range: string,
): Promise<Line[]> {
  const step = Math.max(1, Math.ceil((over.to - over.from) / POINTS))
  const lines: Line[] = []
  for (const [expression, pattern] of panel.queries) {
    const asked = expression.replaceAll('$__rate_interval', range)
    for (const { metric, values } of await prometheus.range(asked, { ...over, step })) {
      const points = values.map(([at, value]) => [at, Number(value)] as const)
      lines.push({
        legend: legendOf(pattern, metric),
        points: points.filter(([, value]) => Number.isFinite(value)),
      })
    }
  }
  return lines.filter(({ points }) => points.length > 0)
}

function statOf(panel: PanelPlan, lines: readonly Line[]): string {
  return lines
    .slice(0, 8)
    .map(({ legend, points }, index) => {
      const [x, y] = [16 + (index % 2) * 232, 76 + Math.floor(index / 2) * 46]
      const value = inUnit(points.at(-1)?.[1] ?? Number.NaN, panel.unit)
      return text(x, y, value, 'font-size="22" fill="#fff"') + text(x, y + 16, legend.slice(0, 34))
    })
    .join('')
}

function plotOf(panel: PanelPlan, lines: readonly Line[], over: Recorded): string {
  const most = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)), 0) || 1
  const width = PANEL.width - PLOT.left - PLOT.right
  const x = (at: number): number => PLOT.left + (width * (at - over.from)) / (over.to - over.from)
  const y = (value: number): number => PLOT.top + PLOT.height * (1 - value / most)
  const grid = [0, 0.5, 1].map((share) => {
    const level = y(share * most).toFixed(1)
    const rule = `<line x1="${PLOT.left}" x2="${PLOT.left + width}" y1="${level}" y2="${level}" stroke="#333"/>`
    return (
      rule + text(PLOT.left - 6, Number(level) + 4, inUnit(share * most, panel.unit), 'text-anchor="end"')
    )
  })
  const drawn = lines.map(({ points }, index) => {
    const path = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="1.6"/>`
  })
  const legends = lines.slice(0, LEGENDS).map(({ legend }, index) => {
    const said = `${legend}${index === LEGENDS - 1 && lines.length > LEGENDS ? ` and ${lines.length - LEGENDS} more` : ''}`
    return text(
      16,
      PLOT.top + PLOT.height + 18 + 14 * index,
      said,
      `fill="${COLOURS[index % COLOURS.length]}"`,
    )
  })
  return [...grid, ...drawn, ...legends].join('')
}

function panelPicture(panel: PanelPlan, lines: readonly Line[], over: Recorded): string {
  const inner =
    lines.length === 0
      ? text(16, 80, 'no data', 'fill="#e0584f"')
      : panel.kind === 'stat'
        ? statOf(panel, lines)
        : plotOf(panel, lines, over)
  const frame = `<rect width="${PANEL.width - 8}" height="${PANEL.height - 8}" fill="#181b1f" stroke="#333"/>`
  return `${frame}${text(16, 24, panel.title, 'font-size="14" fill="#fff"')}${inner}`
}

async function boardPicture(
  prometheus: PrometheusServer,
  board: DashboardPlan,
  over: Recorded,
  range: string,
): Promise<string> {
  let top = 0
  const parts: string[] = []
  for (const row of board.rows) {
    parts.push(text(8, top + 20, row.title, 'font-size="15" fill="#fff"'))
    top += 30
    for (const [index, panel] of row.panels.entries()) {
      const [column, line] = [index % COLUMNS, Math.floor(index / COLUMNS)]
      const lines = await linesOf(prometheus, panel, over, range)
      const at = `translate(${column * PANEL.width + 4} ${top + line * PANEL.height})`
      parts.push(`<g transform="${at}">${panelPicture(panel, lines, over)}</g>`)
    }
    top += Math.ceil(row.panels.length / COLUMNS) * PANEL.height
  }
  const style = 'font-family="sans-serif" font-size="11" fill="#bbb"'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${COLUMNS * PANEL.width}" height="${top}" ${style}><rect width="100%" height="100%" fill="#111217"/>${parts.join('')}</svg>`
}

/** Writes `<name>.png` for each dashboard into the folder. `range` stands for Grafana's own interval, as `30s`. */
export async function drawDashboards(
  prometheus: PrometheusServer,
  over: Recorded,
  options: { readonly folder: string; readonly range: string },
): Promise<void> {
  await mkdir(options.folder, { recursive: true })
  for (const [name, board] of Object.entries(DASHBOARDS)) {
    const svg = await boardPicture(prometheus, board, over, options.range)
    await sharp(Buffer.from(svg))
      .png()
      .toFile(join(options.folder, `${name}.png`))
  }
}
