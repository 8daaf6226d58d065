// A store as small as its contract: what the pure decisions are raced against.

import type { DecisionStep, Known } from '#gateway/pure/decision-step.ts'
import type { Step, StepResult } from '#runtime/state/state-store.ts'
import type { Event } from '#schemas/events/event-types.ts'

type ModelStep = Omit<Step, 'outbox'> & Partial<Pick<DecisionStep, 'facts'>>

export class ModelStore {
  readonly entries = new Map<string, { value: string; version: number }>()
  readonly counters = new Map<string, number>()
  readonly facts: Event[] = []
  #version = 0

  read<T>(key: string): Known<T> | undefined {
    const entry = this.entries.get(key)
    return entry === undefined ? undefined : { value: JSON.parse(entry.value) as T, version: entry.version }
  }

  version(key: string): number {
    return this.entries.get(key)?.version ?? 0
  }

  counter(name: string): number {
    return this.counters.get(name) ?? 0
  }

  commit(step: ModelStep): StepResult {
    for (const { key, version } of step.checks ?? [])
      if (this.version(key) !== version) return { verdict: 'conflict', key }
    const after = new Map<string, number>()
    for (const { counter, delta, min, max } of step.adds ?? []) {
      const value = (after.get(counter) ?? this.counter(counter)) + delta
      if ((min !== undefined && value < min) || (max !== undefined && value > max))
        return { verdict: 'short', counter }
      after.set(counter, value)
    }
    for (const key of step.deletes ?? []) this.entries.delete(key)
    this.#version += 1
    for (const { key, value } of step.puts ?? []) this.entries.set(key, { value, version: this.#version })
    for (const [counter, value] of after) this.counters.set(counter, value)
    this.facts.push(...(step.facts ?? []))
    return { verdict: 'done', outboxIds: [] }
  }
}
