// Drives records through a handler, several at once, and commits a record only when its outcome is certain.
import type { BusConsumer, BusRecord } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import { failureKind } from '../failure.ts'
import type { Log } from '../log.ts'
import { pause } from '../pause.ts'
import { inRecordSpan } from '../trace.ts'
import { Wakeup } from '../wakeup.ts'
import { Lanes } from './lanes.ts'
import { PartitionWork } from './partition-work.ts'
import { afterFailure, type RetryPolicy, retryDelayMs } from './pure/after-failure.ts'

export interface Death {
  readonly code: string
  readonly detail: string
  /** Tries that failed. */
  readonly attempts: number
}
export interface HandleContext {
  /** Aborts when the pump stops or the record's partition went to another member: give up, the record comes again. */
  readonly signal: AbortSignal
  /** From 1. */
  readonly attempt: number
}
export interface PumpMetrics {
  handled(topic: string, outcome: 'done' | 'retried' | 'dead' | 'stopped', seconds: number): void
  inFlight(count: number): void
}

export interface PumpOptions {
  readonly consumer: BusConsumer
  /** Resolves when the record's outcome is durable elsewhere; must bear being called again for the same record. */
  readonly handle: (record: BusRecord, context: HandleContext) => Promise<void>
  /** Records taken and not yet finished, at most. */
  readonly inFlight: number
  /** Records with the same key are handled one after another, in their order. */
  readonly serialBy?: (record: BusRecord) => string
  readonly retry: RetryPolicy
  /** Takes a record that failed for good; when it resolves the record counts as finished. */
  readonly onDead: (record: BusRecord, death: Death) => Promise<void>
  /** Told once before the pump rejects; the record stays uncommitted. */
  readonly onBug: (record: BusRecord | undefined, error: unknown) => void
  readonly clock: Clock
  readonly log: Log
  readonly metrics: PumpMetrics
  readonly signal: AbortSignal
  /** Aborting it: no further record is taken, those in flight come to their end, and the pump with them. */
  readonly drain?: AbortSignal | undefined
  /** 0..1, spreads the retries. */
  readonly chance?: () => number
}

const POLL_WAIT_MS = 5_000

class Pump {
  readonly #options: PumpOptions
  readonly #chance: () => number
  readonly #partitions = new Map<string, PartitionWork>()
  readonly #lanes = new Lanes()
  readonly #freed = new Wakeup()
  readonly #broken = new AbortController()
  readonly #stop: AbortSignal
  /** No record is taken any more: we stop, or only finish what we have. */
  readonly #full: AbortSignal
  readonly #running = new Set<Promise<void>>()
  #bug: { readonly error: unknown } | undefined

  constructor(options: PumpOptions) {
    this.#options = options
    this.#chance = options.chance ?? Math.random
    this.#stop = AbortSignal.any([options.signal, this.#broken.signal])
    this.#full = options.drain ? AbortSignal.any([this.#stop, options.drain]) : this.#stop
    options.consumer.onRevoked((topic, partition) => this.#revoke(topic, partition))
  }

  async run(): Promise<void> {
    const { inFlight } = this.#options
    const stopAll = () => {
      for (const work of this.#partitions.values()) work.abort.abort(this.#stop.reason)
    }
    this.#stop.addEventListener('abort', stopAll, { once: true })
    while (!this.#full.aborted) {
      const free = inFlight - this.#running.size
      if (free <= 0) await this.#slotFreed()
      else for (const record of await this.#poll(free)) this.#take(record)
    }
    await Promise.all(this.#running)
    await Promise.all([...this.#partitions.values()].map((work) => work.commit(this.#committer())))
    if (this.#bug) throw this.#bug.error
  }

  /** Records that share a transaction end in the same turn: one poll then fills all their places. */
  async #slotFreed(): Promise<void> {
    await this.#freed.wait(POLL_WAIT_MS, this.#full)
    await new Promise((resolve) => setImmediate(resolve))
  }

  async #poll(limit: number): Promise<readonly BusRecord[]> {
    const { consumer, retry, log } = this.#options
    for (let tries = 1; !this.#full.aborted; tries += 1)
      try {
        const records = await consumer.poll({ limit, waitMs: POLL_WAIT_MS, signal: this.#full })
        // Taken after a stop they would be aborted at once; not taken they come again.
        return this.#full.aborted ? [] : records
      } catch (error) {
        const failure = failureKind(error)
        if (failure.kind !== 'transient') this.#breakFor(undefined, error)
        else {
          log.warn({ code: failure.code, tries }, 'the bus does not answer, asking again')
          await pause(retryDelayMs(retry, tries, this.#chance()), this.#full)
        }
      }
    return []
  }

  #take(record: BusRecord): void {
    const work = this.#workOf(record)
    work.ledger.take(record.offset)
    const run = () => this.#handle(record, work)
    const { serialBy, metrics } = this.#options
    const handling = (serialBy ? this.#lanes.run(serialBy(record), run) : run()).finally(() => {
      this.#running.delete(handling)
      metrics.inFlight(this.#running.size)
      this.#freed.wake()
    })
    this.#running.add(handling)
    metrics.inFlight(this.#running.size)
  }

  /** Never rejects: a bug is kept and stops the pump. */
  async #handle(record: BusRecord, work: PartitionWork): Promise<void> {
    const { clock, metrics } = this.#options
    for (let attempt = 1; !work.abort.signal.aborted; attempt += 1) {
      const startedMs = clock.now()
      const outcome = await this.#try(record, work, attempt)
      metrics.handled(record.topic, outcome, (clock.now() - startedMs) / 1000)
      if (outcome === 'stopped') return
      if (outcome === 'retried') continue
      work.ledger.finish(record.offset)
      void work.commit(this.#committer())
      return
    }
  }

  async #try(
    record: BusRecord,
    work: PartitionWork,
    attempt: number,
  ): Promise<'done' | 'dead' | 'retried' | 'stopped'> {
    const { handle, retry, log } = this.#options
    const { signal } = work.abort
    try {
      await inRecordSpan(record, () => handle(record, { signal, attempt }))
      return 'done'
    } catch (error) {
      if (signal.aborted) return 'stopped'
      const next = afterFailure(failureKind(error), attempt, retry, this.#chance())
      const place = {
        topic: record.topic,
        partition: record.partition,
        offset: String(record.offset),
        attempt,
      }
      if (next.do === 'stop') {
        this.#breakFor(record, next.error)
        return 'stopped'
      }
      if (next.do === 'retry') {
        log.warn({ ...place, afterMs: Math.round(next.afterMs), error }, 'handling failed, trying again')
        await pause(next.afterMs, signal)
        return signal.aborted ? 'stopped' : 'retried'
      }
      log.warn({ ...place, code: next.code }, 'handling failed for good')
      return this.#bury(record, work, { code: next.code, detail: next.detail, attempts: attempt })
    }
  }

  async #bury(record: BusRecord, work: PartitionWork, death: Death): Promise<'dead' | 'stopped'> {
    const { onDead, retry } = this.#options
    for (let tries = 1; !work.abort.signal.aborted; tries += 1)
      try {
        await onDead(record, death)
        return 'dead'
      } catch (error) {
        if (work.abort.signal.aborted) return 'stopped'
        if (failureKind(error).kind === 'transient')
          await pause(retryDelayMs(retry, tries, this.#chance()), work.abort.signal)
        else this.#breakFor(record, error)
      }
    return 'stopped'
  }

  #committer() {
    const { consumer, retry, log } = this.#options
    return {
      commit: (work: PartitionWork, next: bigint) => consumer.commit(work.topic, work.partition, next),
      failed: async (error: unknown, tries: number): Promise<'again' | 'give up'> => {
        if (failureKind(error).kind !== 'transient') this.#breakFor(undefined, error)
        // Uncommitted records come again after the stop: nothing is lost by giving up then.
        if (this.#stop.aborted) return 'give up'
        log.warn({ tries, error }, 'a commit failed, trying again')
        await pause(retryDelayMs(retry, tries, this.#chance()), this.#stop)
        return 'again'
      },
    }
  }

  #breakFor(record: BusRecord | undefined, error: unknown): void {
    if (this.#bug) return
    this.#bug = { error }
    this.#options.onBug(record, error)
    this.#broken.abort(error)
  }

  #workOf({ topic, partition, offset }: BusRecord): PartitionWork {
    const name = `${topic}/${partition}`
    const known = this.#partitions.get(name)
    if (known?.ledger.continues(offset)) return known
    // The partition went away and came back before its old records ended: begin anew.
    known?.revoke()
    const work = new PartitionWork(topic, partition)
    this.#partitions.set(name, work)
    return work
  }

  #revoke(topic: string, partition: number): void {
    const name = `${topic}/${partition}`
    this.#partitions.get(name)?.revoke()
    this.#partitions.delete(name)
  }
}

/**
 * Runs until the signal aborts, then takes no more, lets the records in flight end, commits and resolves; the same when
 * it is drained, without telling the records in flight to stop.
 * Rejects with the error of a handler that failed in an unclassified way.
 */
export async function runPump(options: PumpOptions): Promise<void> {
  if (options.inFlight < 1) throw new RangeError('a pump needs at least one record in flight')
  await new Pump(options).run()
}
