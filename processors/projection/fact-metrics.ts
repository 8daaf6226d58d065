// Counts the facts that the projection folded, by type, and what was refused before any work, by code.
import { Counter, type Registry } from 'prom-client'
import { EVENT_TYPES, type Event } from '#schemas/events/event-types.ts'
import { FAILURE_CODES, isFailureCode } from '#schemas/failure-codes.ts'
import { JOBS, OUTCOMES } from '#schemas/topics.ts'

/** Call it once for a registry. A fact that comes again counts again. */
export function factMetrics(registry: Registry): (fact: Event) => void {
  const registers = [registry]
  const facts = new Counter({
    name: 'syntonym_facts_total',
    help: 'Facts folded into the views: jobs submitted, approved, extracted; tasks planned, started, ended.',
    labelNames: ['type'],
    registers,
  })
  const refused = new Counter({
    name: 'syntonym_refused_inputs_total',
    help: 'Files and archives refused when they were opened, before any work, by failure code.',
    labelNames: ['code'],
    registers,
  })
  const folded = new Set([...JOBS.events, ...OUTCOMES.events])
  for (const type of EVENT_TYPES) if (folded.has(type)) facts.inc({ type }, 0)
  for (const code of OF_INPUTS) refused.inc({ code }, 0)
  return (fact) => {
    facts.inc({ type: fact.type })
    const code = refusalOf(fact)
    if (code !== null) refused.inc({ code: isFailureCode(code) ? code : 'other' })
  }
}

/** There from the start, so that the first one is an increase. */
const OF_INPUTS = Object.keys(FAILURE_CODES).filter((code) => /^(FILE|PATH|TYPE|ARCHIVE|MEDIA)_/.test(code))

function refusalOf(fact: Event): string | null {
  if (fact.type === 'JobRefused') return fact.data.code
  return fact.type === 'TaskPlanned' ? fact.data.refused_code : null
}
