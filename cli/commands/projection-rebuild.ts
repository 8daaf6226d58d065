// `syntonym projection rebuild`: builds the views anew from all facts, while the old ones answer where the store can that.
import { buildStore } from '#projection/build-store.ts'
import { retryTransient } from '#runtime/retry-transient.ts'
import { loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { openFacts } from '../open-facts.ts'

const RETRY = { limit: Number.POSITIVE_INFINITY, firstDelayMs: 200, maxDelayMs: 2_000 }

export async function rebuildProjection(
  options: { readonly json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const configuration = await loadConfiguration({ environment: io.environment, needsJobsRoot: false })
  const destination = { write: (text: string) => void io.err.write(text) }
  const log = jsonLog({ room: 'projection', level: 'warn', destination })
  await using facts = await openFacts(configuration, log)
  const { bus, views, builds } = facts.stores
  const started = performance.now()
  const clock = { now: () => Date.now() }
  let count = 0
  // A bus that is just electing its leaders, or another builder, is waited for.
  const build = async () => {
    count = await buildStore({ bus, codec: facts.codec, views, builds, clock, log }, io.signal)
  }
  await retryTransient(build, { what: 'building the views', retry: RETRY, log, signal: io.signal })
  io.signal.throwIfAborted()
  const seconds = (performance.now() - started) / 1000
  if (options.json === true) io.out.write(`${JSON.stringify({ facts: count, seconds })}\n`)
  else io.out.write(`The views were built from ${count} facts in ${seconds.toFixed(1)} s.\n`)
  return EXIT.done
}
