// The metrics of a process: a Prometheus registry, and those that every pump and relay have in common.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Bus } from '../bus/bus.ts'
import type { PumpMetrics } from '../pump/pump.ts'
import type { RelayMetrics } from '../pump/relay.ts'

/** A registry with the process's own figures and what was built. Names begin with `syntonym_`. */
export function createRegistry(build: { version: string; room: string }): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'syntonym_' })
  new Gauge({
    name: 'syntonym_build_info',
    help: 'Always 1; the labels say what runs here.',
    labelNames: ['version', 'room'],
    registers: [registry],
  }).set(build, 1)
  return registry
}

/** Whatever is not in the closed set of a label counts as `other`, so that no input makes a new series. */
const closed = (values: readonly string[]) => {
  const known = new Set(values)
  return (value: string) => (known.has(value) ? value : 'other')
}

const OUTCOMES = ['done', 'retried', 'dead', 'stopped'] as const

/** Metrics for the pumps of a process; call it once for a registry, then once more for each group. */
export function pumpMetrics(registry: Registry, topics: readonly string[]): (group: string) => PumpMetrics {
  const registers = [registry]
  const records = new Counter({
    name: 'syntonym_records_total',
    help: 'Tries of handling a record by group, topic and outcome; dead ones went to the dead letters.',
    labelNames: ['group', 'topic', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'syntonym_record_seconds',
    help: 'Time of one try of handling a record.',
    labelNames: ['group', 'topic'],
    buckets: [0.001, 0.01, 0.1, 1, 10, 60, 600],
    registers,
  })
  const inFlight = new Gauge({
    name: 'syntonym_records_in_flight',
    help: 'Records taken from the bus and not yet finished.',
    labelNames: ['group'],
    registers,
  })
  const topicOf = closed(topics)
  return (group) => {
    for (const topic of topics) for (const outcome of OUTCOMES) records.inc({ group, topic, outcome }, 0)
    return {
      handled(topic, outcome, tookSeconds) {
        records.inc({ group, topic: topicOf(topic), outcome })
        seconds.observe({ group, topic: topicOf(topic) }, tookSeconds)
      },
      inFlight: (count) => inFlight.set({ group }, count),
    }
  }
}

/** Metrics for the relay. */
export function relayMetrics(registry: Registry): Required<RelayMetrics> {
  const registers = [registry]
  const relayed = new Counter({
    name: 'syntonym_outbox_relayed_total',
    help: 'Facts brought from the outbox to the bus.',
    registers,
  })
  const wait = new Histogram({
    name: 'syntonym_outbox_wait_seconds',
    help: 'Time that the oldest fact of a step waited in the outbox.',
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  })
  const depth = new Gauge({
    name: 'syntonym_outbox_depth',
    help: 'Facts that the relay saw in the outbox when it last looked, at most one batch.',
    registers,
  })
  const oldest = new Gauge({
    name: 'syntonym_outbox_oldest_seconds',
    help: 'Age of the oldest fact in the outbox when the relay last looked; grows while the bus takes none.',
    registers,
  })
  return {
    waiting(count, oldestSeconds) {
      depth.set(count)
      oldest.set(oldestSeconds)
    },
    relayed(count, oldestSeconds) {
      relayed.inc(count)
      wait.observe(oldestSeconds)
    },
  }
}

/** The lag of the given groups, asked for at each scrape; a bus that does not answer leaves the series out. */
export function lagMetrics(
  registry: Registry,
  bus: Pick<Bus, 'lag'>,
  watched: readonly { readonly group: string; readonly topic: string }[],
): void {
  new Gauge({
    name: 'syntonym_consumer_lag_records',
    help: 'Records that the group has not yet committed.',
    labelNames: ['group', 'topic'],
    registers: [registry],
    async collect() {
      this.reset()
      const lags = await Promise.allSettled(watched.map(({ group, topic }) => bus.lag(group, topic)))
      for (const [index, lag] of lags.entries()) {
        const labels = watched[index]
        if (labels !== undefined && lag.status === 'fulfilled') this.set(labels, Number(lag.value))
      }
    },
  })
}
