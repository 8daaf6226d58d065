// Tells which of the product's files the time of a piece of work went to, by V8's sampling profiler.
import { type Profiler, Session } from 'node:inspector/promises'

/** Milliseconds by part, the largest first. */
export type Shares = readonly (readonly [part: string, ms: number])[]

const SAMPLE_MICROSECONDS = 250

/** Runs `work` under the profiler: times are a little higher than without it, their proportions are what counts. */
export async function cpuByFile(work: () => Promise<void>): Promise<Shares> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS })
    await session.post('Profiler.start')
    await work()
    const { profile } = await session.post('Profiler.stop')
    return shares(profile)
  } finally {
    session.disconnect()
  }
}

function shares({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const partOf = new Map<number, string>()
  const part = (id: number): string => {
    const known = partOf.get(id)
    if (known !== undefined) return known
    const node = byId.get(id)
    const parent = parents.get(id)
    const own = node ? ownPart(node.callFrame) : 'rest'
    const found = own ?? (parent === undefined ? 'rest' : part(parent))
    partOf.set(id, found)
    return found
  }
  const sums = new Map<string, number>()
  samples.forEach((id, i) => {
    const name = part(id)
    sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[i] ?? 0) / 1000)
  })
  sums.delete('idle')
  return [...sums].toSorted((a, b) => b[1] - a[1])
}

/** Undefined: a part of whoever called it. */
function ownPart({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (functionName === '(garbage collector)') return 'garbage'
  if (functionName === '(idle)') return 'idle'
  if (url.includes('onnxruntime')) return 'onnxruntime'
  return /\/processors\/anonymizer\/(.*)\.ts$/.exec(url)?.[1]
}
