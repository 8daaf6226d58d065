// Says which credits a task moves when it ends: captured when it completed, released otherwise.
import { creditCounter, type Decision, type Settled } from './state-keys.ts'

export interface CreditMove {
  readonly counter: string
  readonly delta: number
  readonly min?: number
}

/** Credits of a task that ends so; none where the job is not metered. */
export function creditMoves(
  decision: Pick<Decision, 'metered' | 'account_id'>,
  creditCost: number,
  how: Settled,
): readonly CreditMove[] {
  if (!decision.metered || creditCost === 0) return []
  const to = how === 'completed' ? 'spent' : 'available'
  return [
    { counter: creditCounter(decision.account_id, 'held'), delta: -creditCost, min: 0 },
    { counter: creditCounter(decision.account_id, to), delta: creditCost },
  ]
}
