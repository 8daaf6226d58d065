// The port to a store that can be lost: the decisions and the views are built anew beside the old and take their place.
import type { Views } from '../views/views.ts'
import type { Step } from './state-store.ts'

export type Part = 'decisions' | 'views'

/** While it is open, its builder is the only one. Disposed without having taken over it leaves everything as it was. */
export interface Build extends AsyncDisposable {
  /** Puts the new generation into use. @throws {TransientFailure} BUILD_SUPERSEDED */
  takeOver(): Promise<void>
}
export interface DecisionsBuild extends Build {
  /** Runs steps as the store would, in their order; one that is refused was done before. */
  write(steps: readonly Step[]): Promise<void>
  /** Leases of this generation begin above this token, so that no earlier owner is mistaken for a new one. */
  beginTokensAbove(token: number): Promise<void>
}
export interface ViewsBuild extends Build {
  /** The new views alone; what others write into the views in use comes here too. */
  readonly views: Views
}

export interface StoreBuilds {
  /** Whether the part is in use; it is not in a store that is new, was emptied, or came back with an old state. */
  inUse(part: Part): Promise<boolean>
  /** Takes a generation out of use: it counts as missing and is built anew. One that is not in use stays as it is. */
  distrust(part: Part, generation: string): Promise<void>
  /** @throws {TransientFailure} BUILD_SUPERSEDED when somebody else is at it */
  decisions(): Promise<DecisionsBuild>
  /** @throws {TransientFailure} BUILD_SUPERSEDED when somebody else is at it */
  views(): Promise<ViewsBuild>
}
