// Counts the facts that the projection folded, by type.
import { Counter, type Registry } from 'prom-client'
import { EVENT_TYPES, type EventType } from '#schemas/events/event-types.ts'
import { JOBS, OUTCOMES } from '#schemas/topics.ts'

/** Call it once for a registry. A fact that comes again counts again. */
export function factMetrics(registry: Registry): (type: EventType) => void {
  const facts = new Counter({
    name: 'syntonym_facts_total',
    help: 'Facts folded into the views: jobs submitted, approved, extracted; tasks planned, started, ended.',
    labelNames: ['type'],
    registers: [registry],
  })
  const folded = new Set([...JOBS.events, ...OUTCOMES.events])
  for (const type of EVENT_TYPES) if (folded.has(type)) facts.inc({ type }, 0)
  return (type) => facts.inc({ type })
}
