// Puts a capacity plan and the runs of the simulation into words and tables.
import { FIGURE_NAMES, FIGURES, type Figures } from './figures.ts'
import { pathLimits } from './path-limits.ts'
import type { CapacityPlan, DayOfWork, NodeKind } from './plan.ts'
import type { ScaleRow, ScalingRow } from './scenarios.ts'

const one = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2))

export function planText(day: DayOfWork, node: NodeKind, plan: CapacityPlan, f: Figures): string {
  const gpu = node.gpu === 'cpu' ? 'no GPU' : `one ${node.gpu}`
  const lines = [
    `${day.filmHours} h of film and ${day.pictures} pictures a day, done in ${day.busyHours} h, on nodes of ${node.cores} cores and ${gpu}:`,
    `  nodes                 ${plan.nodes} (bound by ${plan.boundBy === 'cpu' ? 'the CPU' : 'the GPU'})`,
    `  CPU                   ${one(plan.cpuHoursADay)} core-hours a day`,
    ...(node.gpu === 'cpu' ? [] : [`  GPU                   ${one(plan.gpuHoursADay)} hours a day`]),
    `  a film of ${day.filmMinutes} min     ${one(plan.filmSeconds)} s on a node (${one(plan.timesRealTime)} times real time)`,
    `  tasks                 ${one(plan.tasksASecond)} a second`,
    ...plan.findings.map((finding) => `  note: ${finding}`),
    'Assumptions (change one with --assume name=value):',
    `  films are 1920 x 1080, ${day.fps} frames a second, ${one(100 * day.copied)} % of the frames in groups that are taken over`,
    ...FIGURE_NAMES.map(
      (name) => `  ${name}=${f[name]} ${FIGURES[name].unit}${originOf(name, f)}: ${FIGURES[name].note}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

const originOf = (name: keyof Figures, f: Figures): string =>
  f[name] === FIGURES[name].value ? ` (${FIGURES[name].from})` : ' (yours)'

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

export const figuresTable = (): string =>
  table(
    ['name', 'value', 'unit', 'from', 'how'],
    FIGURE_NAMES.map((name) => {
      const { value, unit, from, note } = FIGURES[name]
      return [`\`${name}\``, String(value), unit, from, note]
    }),
  )

export const limitsTable = (f: Figures, projections: number): string =>
  table(
    ['shared by all nodes', 'tasks a second', 'what gets further'],
    pathLimits(f, projections).map(({ what, tasksASecond, remedy }) => [what, one(tasksASecond), remedy]),
  )

const part = (value: number): string => `${(100 * value).toFixed(0)} %`
const queueCells = ({ outcome, pooled, scenario }: ScaleRow): readonly string[] => [
  part(outcome.done / outcome.arrived),
  `${one(outcome.waitMedian)} / ${one(outcome.wait95)} s`,
  `${one(pooled.waitMedian)} / ${one(pooled.wait95)} s`,
  `${one(scenario.taskSeconds)} s`,
  part(outcome.busy),
  one(outcome.idlePods),
]

export const scaleTable = (rows: readonly ScaleRow[]): string =>
  table(
    [
      'queue',
      'nodes',
      'tasks an hour',
      'done of what came',
      'wait, median / 95 %',
      'with one queue for all',
      'a task takes',
      'slots busy',
      'pods without a partition',
      'held back by',
    ],
    rows.map((row) => [
      ...[row.kind, String(row.nodes), one(3_600 * row.scenario.arrivals)],
      ...queueCells(row),
      row.heldBy.join(' and ') || 'nothing',
    ]),
  )

export const scalingTable = (rows: readonly ScalingRow[]): string =>
  table(
    ['a pod starts in', 'most pods', 'wait, median / 95 %', 'tasks handed on', 'done of what came'],
    rows.map(({ startSeconds, outcome }) => [
      ...[
        `${startSeconds} s`,
        String(outcome.mostPods),
        `${one(outcome.waitMedian)} / ${one(outcome.wait95)} s`,
      ],
      ...[String(outcome.handedOn), part(outcome.done / outcome.arrived)],
    ]),
  )
