// Several probers as one: a file goes to the one that has least to do, so that a stubborn file holds up few others.
import { type Prober, type ProberOptions, startProber } from './boxed-probe.ts'

/** `size` probers that share one inbox; each child starts when it is first needed. */
export async function startProberPool(options: ProberOptions & { readonly size: number }): Promise<Prober> {
  const first = await startProber(options)
  const others = await Promise.all(Array.from({ length: options.size - 1 }, () => startProber(options)))
  const lanes = [first, ...others].map((prober) => ({ prober, waiting: 0 }))
  return {
    inbox: first.inbox,
    async probe(path, fileName, scope) {
      const lane = lanes.reduce((best, other) => (other.waiting < best.waiting ? other : best))
      lane.waiting++
      try {
        return await lane.prober.probe(path, fileName, scope)
      } finally {
        lane.waiting--
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(lanes.map(({ prober }) => prober[Symbol.asyncDispose]()))
    },
  }
}
