// How many nodes a day's work takes: seconds of CPU and GPU, against what a node has.
import { FILM_TASKS, PICTURE_TASKS } from '#schemas/topics.ts'
import { CODEC_CEILINGS, type Figures, type Gpu } from './figures.ts'
import { pathLimits } from './path-limits.ts'

export interface DayOfWork {
  readonly filmHours: number
  readonly pictures: number
  /** Frames of a film in a second. */
  readonly fps: number
  /** Part of the frames that lie in groups with nothing to hide, 0..1: looked at, but not encoded anew. */
  readonly copied: number
  /** Length of a film, for the number of tasks. */
  readonly filmMinutes: number
  /** The day's work has to be done in so many hours. */
  readonly busyHours: number
}
export interface NodeKind {
  readonly cores: number
  /** One card in each node, or none. */
  readonly gpu: Gpu | 'cpu'
}
export interface CapacityPlan {
  readonly cpuHoursADay: number
  readonly gpuHoursADay: number
  /** Whole nodes, at least 1. */
  readonly nodes: number
  /** What the nodes are counted by. */
  readonly boundBy: 'cpu' | 'gpu'
  readonly tasksASecond: number
  /** Seconds that one film of the usual length takes on a node of its own. */
  readonly filmSeconds: number
  /** Hours of film that a node takes in an hour, with nothing else on it. */
  readonly timesRealTime: number
  /** What stands in the way of the plan, in sentences; empty where nothing does. */
  readonly findings: readonly string[]
}

const HOUR = 3_600

/** CPU-ms of one frame. Every frame is decoded and looked at; only what has something to hide near it is encoded. */
export const frameCpuMs = (f: Figures, gpu: Gpu | 'cpu', copied: number): number =>
  f.decode_ms +
  (gpu === 'cpu' ? f.detect_ms : f.looks_per_frame * f.look_host_ms) +
  (1 - copied) * f.encode_ms +
  copied * f.copy_ms

export const pictureCpuMs = (f: Figures, gpu: Gpu | 'cpu'): number =>
  gpu === 'cpu' ? f.picture_ms : f.picture_host_ms

export function planCapacity(day: DayOfWork, node: NodeKind, f: Figures): CapacityPlan {
  const frames = day.filmHours * HOUR * day.fps
  const films = (day.filmHours * 60) / day.filmMinutes
  const tasks = films + day.pictures
  const frameMs = frameCpuMs(f, node.gpu, day.copied)
  const cpuMs = frames * frameMs + day.pictures * pictureCpuMs(f, node.gpu) + tasks * f.task_ms
  const looks = frames * f.looks_per_frame + day.pictures * f.picture_looks
  const gpuMs = node.gpu === 'cpu' ? 0 : looks * f.gpu_look_ms
  const nodeMs = day.busyHours * HOUR * 1_000 * f.utilization
  const byCpu = cpuMs / (nodeMs * node.cores)
  const byGpu = gpuMs / nodeMs
  const timesRealTime = 1_000 / (day.fps * (frameMs / filmThreads(node, f)))
  const plan = {
    cpuHoursADay: cpuMs / 1_000 / HOUR,
    gpuHoursADay: gpuMs / 1_000 / HOUR,
    nodes: Math.max(1, Math.ceil(Math.max(byCpu, byGpu))),
    boundBy: byGpu > byCpu ? ('gpu' as const) : ('cpu' as const),
    tasksASecond: tasks / (day.busyHours * HOUR),
    filmSeconds: (day.filmMinutes * 60) / timesRealTime,
    timesRealTime,
  }
  return { ...plan, findings: findingsOf(plan, day, node, f) }
}

/** Cores that one film keeps busy. */
const filmThreads = ({ cores }: NodeKind, f: Figures): number => Math.max(1, cores * f.thread_gain)

function findingsOf(
  plan: Omit<CapacityPlan, 'findings'>,
  day: DayOfWork,
  { gpu }: NodeKind,
  f: Figures,
): readonly string[] {
  const found: string[] = []
  const topics = [...(day.filmHours > 0 ? [FILM_TASKS] : []), ...(day.pictures > 0 ? [PICTURE_TASKS] : [])]
  for (const { name, partitions } of topics)
    if (plan.nodes > partitions)
      found.push(
        `${name} has ${partitions} partitions: of ${plan.nodes} pods ${plan.nodes - partitions} get none and stay idle.`,
      )
  for (const { what, tasksASecond } of pathLimits(f))
    if (plan.tasksASecond > tasksASecond * f.utilization)
      found.push(
        `${what} bears about ${Math.round(tasksASecond)} tasks a second; ${plan.tasksASecond.toFixed(1)} are wanted.`,
      )
  if (plan.filmSeconds > day.busyHours * HOUR)
    found.push('One film takes longer than the hours there are: a film does not spread over nodes.')
  if (gpu !== 'cpu' && day.filmHours > 0) {
    const { fps, encoder } = CODEC_CEILINGS[gpu]
    const does = encoder ? 'transcode' : 'decode (it has no encoder)'
    found.push(
      `The codecs of one ${gpu} could ${does} ${fps} frames a second; they are not used today, the CPU does it.`,
    )
  }
  return found
}
