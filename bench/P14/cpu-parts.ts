// Says in which part of the program the CPU of a run was spent, by a sampled profile of this process's main thread.
import { type Profiler, Session } from 'node:inspector'
import { promisify } from 'node:util'

export interface CpuPart {
  readonly name: string
  readonly share: number
}

const SAMPLE_US = 250
/** The innermost frame that one of them matches says where a sample belongs. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/task-folder|remove-folder|whole-object|no-op-path/, "files: the task's folder, input, results"],
  [/runtime\/s3\/|node_modules\/minio|fast-xml-parser/, 'objects: signing, S3 client'],
  [/^node:_http|^node:http/, 'objects: HTTP'],
  [/node_modules\/kafkajs|runtime\/kafka\//, 'bus: Kafka client'],
  [/node_modules\/@redis|runtime\/redis\//, 'decisions, leases, views: Redis client'],
  [/node_modules\/avsc|runtime\/bus\//, 'records: Avro and headers'],
  [/processors\/projection\//, 'projection: folding'],
  [/processors\/anonymizer\/|node_modules\/zod/, 'task: deciding, settling'],
  [/runtime\/(pump|state)\/|runtime\/\w+\.ts/, 'pump, relay, confirming'],
]
const IDLE = new Set(['(idle)', '(root)'])
const OWN: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collector',
  '(program)': 'native code without a caller',
}
const REST = 'Node itself: promises, timers, sockets'

function partsIn({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): CpuPart[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parentOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const partOf = (id: number): string | undefined => {
    const { functionName } = byId.get(id)?.callFrame ?? { functionName: '(idle)' }
    if (IDLE.has(functionName)) return undefined
    if (OWN[functionName] !== undefined) return OWN[functionName]
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) {
      const url = byId.get(at)?.callFrame.url ?? ''
      if (url.includes('node:inspector')) return undefined
      const found = PARTS.find(([pattern]) => pattern.test(url))
      if (found) return found[1]
    }
    return REST
  }
  const spent = new Map<string, number>()
  let total = 0
  for (const [index, id] of samples.entries()) {
    const part = partOf(id)
    const us = timeDeltas[index] ?? 0
    if (part === undefined) continue
    total += us
    spent.set(part, (spent.get(part) ?? 0) + us)
  }
  return [...spent].map(([name, us]) => ({ name, share: us / total })).toSorted((a, b) => b.share - a.share)
}

/** Runs the work and answers the parts, the largest first. Sampling itself costs some percent. */
export async function cpuParts(work: () => Promise<void>): Promise<readonly CpuPart[]> {
  const session = new Session()
  session.connect()
  try {
    const post = promisify(session.post.bind(session)) as (
      method: string,
      parameters?: object,
    ) => Promise<unknown>
    await post('Profiler.enable')
    await post('Profiler.setSamplingInterval', { interval: SAMPLE_US })
    await post('Profiler.start')
    await work()
    const { profile } = (await post('Profiler.stop')) as Profiler.StopReturnType
    return partsIn(profile)
  } finally {
    session.disconnect()
  }
}
