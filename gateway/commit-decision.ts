// Takes a decision: reads, decides, commits in one step, and answers when the fact is on the bus.
import { setTimeout as pause } from 'node:timers/promises'
import type { BusMessage } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import { TransientFailure } from '#runtime/failure.ts'
import type { Relay } from '#runtime/pump/relay.ts'
import { factsOnBus } from '#runtime/state/facts-on-bus.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { CREDITS, JOBS } from '#schemas/topics.ts'
import type { DecisionStep, Verdict } from './pure/decision-step.ts'

export interface DecisionPorts {
  readonly store: StateStore
  readonly relay: Pick<Relay, 'wake' | 'flushed'>
  readonly codec: Pick<RecordCodec<Event>, 'encode'>
  /** How long an answer waits for its fact to reach the bus. */
  readonly confirmWithinMs: number
}

/** Reads and decides again this often before the client is asked to come back. */
const MAX_ATTEMPTS = 20
const RETRY_PAUSE_MS = 3

export interface DecisionWork<R, A> {
  /** Reads everything the decision needs, afresh. */
  readonly read: () => Promise<R>
  readonly decide: (read: R) => Verdict<A>
}

/**
 * The answer of a decision that is committed and on the bus.
 * @throws {TransientFailure} NOT_CONFIRMED when the decision stands but its fact is late, BUSY after too many conflicts.
 */
export async function commitDecision<R, A>(ports: DecisionPorts, work: DecisionWork<R, A>): Promise<A> {
  let confirmed: string | undefined
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const verdict = work.decide(await work.read())
    if (verdict.do === 'answer') {
      const key = verdict.restsOnFactsOf
      if (key === undefined || key === confirmed) return verdict.answer
      await confirm(ports, (signal) => factsOnBus(ports, key, signal))
      // Read once more: a store that was lost meanwhile may have been built anew without the decision.
      confirmed = key
      continue
    }
    const result = await commitStep(ports, verdict.step)
    if (result.verdict === 'done') {
      await confirm(ports, (signal) => ports.relay.flushed(result.outboxIds, signal))
      return verdict.answer
    }
    if (result.verdict === 'short' && verdict.ifShort !== undefined) return verdict.ifShort
    await pause(RETRY_PAUSE_MS * attempt)
  }
  throw new TransientFailure('BUSY', 'Too many decisions about the same job at once; try again')
}

/** A fact of a job goes to the jobs topic, one of an account to the credits topic. */
function encodeFact(codec: DecisionPorts['codec'], fact: Event): Promise<BusMessage> {
  return fact.type === 'CreditsGranted'
    ? codec.encode(CREDITS.name, fact.account_id, fact)
    : codec.encode(JOBS.name, fact.job_id, fact)
}

async function commitStep(ports: DecisionPorts, { facts, ...step }: DecisionStep) {
  const outbox = await Promise.all(facts.map((fact) => encodeFact(ports.codec, fact)))
  const result = await ports.store.commit({ ...step, outbox })
  ports.relay.wake()
  return result
}

async function confirm(ports: DecisionPorts, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const limit = AbortSignal.timeout(ports.confirmWithinMs)
  try {
    await work(limit)
  } catch (cause) {
    if (!limit.aborted) throw cause
    const detail = 'The decision stands but is not confirmed yet; send the same request again'
    throw new TransientFailure('NOT_CONFIRMED', detail, { cause })
  }
}
