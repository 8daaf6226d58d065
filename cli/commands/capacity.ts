// `syntonym capacity`: how many nodes a day's work takes, from measured figures, with every assumption printed.
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { planText, scaleTable, scalingTable } from '../pure/capacity/capacity-text.ts'
import {
  FIGURE_NAMES,
  type FigureName,
  type Figures,
  GPUS,
  type Gpu,
  usualFigures,
} from '../pure/capacity/figures.ts'
import { type NodeKind, planCapacity } from '../pure/capacity/plan.ts'
import { scaleRows, scalingRows } from '../pure/capacity/scenarios.ts'

export interface CapacityOptions {
  readonly filmsHoursPerDay: string
  readonly picturesPerDay: string
  readonly gpu: string
  readonly cores: string
  readonly fps: string
  readonly copied: string
  readonly filmMinutes: string
  readonly busyHours: string
  readonly assume: readonly string[]
  readonly simulate?: boolean
  readonly json?: boolean
}

function numberOf(flag: string, text: string, from: number, to: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || value < from || value > to)
    throw new UsageError(`${flag} is a number from ${from} to ${to}, not "${text}".`)
  return value
}

function gpuOf(text: string): Gpu | 'cpu' {
  const found = GPUS.find((gpu) => gpu.toLowerCase() === text.toLowerCase())
  if (found === undefined && text !== 'cpu')
    throw new UsageError(`--gpu is cpu, ${GPUS.slice(0, -1).join(', ')} or ${GPUS.at(-1)}, not "${text}".`)
  return found ?? 'cpu'
}

const isFigure = (name: string): name is FigureName => (FIGURE_NAMES as readonly string[]).includes(name)

/** A share of nodes or threads cannot be more than all of it, and nothing can be divided by nothing. */
const rangeOf = (name: FigureName): readonly [number, number] =>
  name === 'utilization' || name === 'thread_gain' ? [0.01, 1] : [0.001, 1e9]

function figuresOf(assume: readonly string[]): Figures {
  const figures: Record<FigureName, number> = { ...usualFigures() }
  for (const each of assume) {
    const [name = '', value = ''] = each.split('=')
    if (!isFigure(name))
      throw new UsageError(
        `--assume wants name=value with a name of ${FIGURE_NAMES.join(', ')}; not "${each}".`,
      )
    figures[name] = numberOf(`--assume ${name}`, value, ...rangeOf(name))
  }
  return figures
}

/** @throws {UsageError} for what is no number or no known name */
export async function capacity(options: CapacityOptions, io: CommandIo): Promise<ExitCode> {
  const figures = figuresOf(options.assume)
  const node: NodeKind = { cores: numberOf('--cores', options.cores, 1, 1024), gpu: gpuOf(options.gpu) }
  const day = {
    filmHours: numberOf('--films-hours-per-day', options.filmsHoursPerDay, 0, 1e7),
    pictures: numberOf('--pictures-per-day', options.picturesPerDay, 0, 1e10),
    fps: numberOf('--fps', options.fps, 1, 240),
    copied: numberOf('--copied', options.copied, 0, 1),
    filmMinutes: numberOf('--film-minutes', options.filmMinutes, 0.1, 1440),
    busyHours: numberOf('--busy-hours', options.busyHours, 0.1, 24),
  }
  const plan = planCapacity(day, node, figures)
  const rows = options.simulate === true ? scaleRows(node, figures) : []
  const scaling = options.simulate === true ? scalingRows(node, figures) : []
  if (options.json === true) {
    const simulation = options.simulate === true ? { simulation: { scale: rows, autoscaling: scaling } } : {}
    io.out.write(`${JSON.stringify({ day, node, plan, assumptions: figures, ...simulation })}\n`)
    return EXIT.done
  }
  io.out.write(planText(day, node, plan, figures))
  if (options.simulate === true) io.out.write(`\n${scaleTable(rows)}\n\n${scalingTable(scaling)}\n`)
  return EXIT.done
}
