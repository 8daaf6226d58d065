// Folds facts that come at about the same time by one write into the views, without one spoiling it for the others.
import { failureKind } from '#runtime/failure.ts'
import { Gathered } from '#runtime/gathered.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { applyFacts } from './apply-facts.ts'

/** A fact is a handful of writes; so many are no long turn of the store. */
const FACTS_TOGETHER = 200

/**
 * A function that resolves when its fact is in the views. A store that is away fails all that were written together; any
 * other failure is looked for fact by fact, so that it is told of the one that it belongs to.
 */
export function foldTogether(views: Views): (fact: Event) => Promise<void> {
  const apart: { readonly error: unknown; readonly fact: Event }[] = []
  const gathered = new Gathered<Event>(
    async (facts) => {
      try {
        await applyFacts(views, facts)
      } catch (error) {
        if (facts.length === 1 || failureKind(error).kind === 'transient') throw error
        for (const fact of facts)
          await applyFacts(views, [fact]).catch((own) => apart.push({ error: own, fact }))
      }
    },
    { limit: FACTS_TOGETHER },
  )
  return async (fact) => {
    await gathered.add(fact)
    const at = apart.findIndex((failed) => failed.fact === fact)
    if (at >= 0) throw apart.splice(at, 1)[0]?.error
  }
}
