// Reads from a job's model choice what is replaced by something synthetic.
import type { ModelChoice } from '#schemas/model-config.ts'

export interface SynChoice {
  /** Synthetic faces and plates; else the blur. */
  readonly faces: boolean
  readonly plates: boolean
  /** `track`: everybody gets a face of their own; `job`: everybody in the job gets the same. */
  readonly scope: 'track' | 'job'
}

/** Undefined where nothing is. */
export function synChoice(choice: ModelChoice): SynChoice | undefined {
  if (choice.model !== 'syn') return undefined
  const { syntonymize, enable_lp, lp_syntonymize, syn_scope } = choice.config
  const plates = enable_lp && lp_syntonymize
  return syntonymize || plates ? { faces: syntonymize, plates, scope: syn_scope } : undefined
}
