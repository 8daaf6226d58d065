// The port to decisions and views read by one question, for answers that rest on both.
import { failureKind } from '../failure.ts'
import type { Views } from '../views/views.ts'
import type { Entry, StateStore } from './state-store.ts'

export interface Question {
  /** Entries of the decisions. */
  readonly entries: readonly string[]
  /** Documents of the views. */
  readonly docs: readonly string[]
  /** Sets of the views whose members are counted. */
  readonly sets: readonly string[]
}

/** In the order of the question. */
export interface Found {
  readonly entries: readonly (Entry | undefined)[]
  /** Undefined while the views are missing and being built anew. */
  readonly views:
    | {
        readonly docs: readonly (Readonly<Record<string, string>> | undefined)[]
        readonly counts: readonly number[]
      }
    | undefined
}

export interface Together {
  /** What was found, as one text: the same text to the same question means the same. Undefined where there is none. */
  readonly text: string | undefined
  read(): Found
}

/** @throws {TransientFailure} STORE_UNAVAILABLE while the decisions are missing or the store does not answer */
export type ReadTogether = (question: Question) => Promise<Together>

/** For stores that have no call for it: each part is asked by itself. */
export function readEach(
  store: Pick<StateStore, 'getMany'>,
  views: Pick<Views, 'readMany' | 'countMany'>,
): ReadTogether {
  const viewsOf = async ({ docs, sets }: Question): Promise<Found['views']> => {
    try {
      const [found, counts] = await Promise.all([views.readMany(docs), views.countMany(sets)])
      return { docs: found, counts }
    } catch (error) {
      if (failureKind(error).kind === 'transient' && codeOf(error) === 'VIEWS_REBUILDING') return undefined
      throw error
    }
  }
  return async (question) => {
    const [entries, read] = await Promise.all([store.getMany(question.entries), viewsOf(question)])
    return { text: undefined, read: () => ({ entries, views: read }) }
  }
}

function codeOf(error: unknown): string | undefined {
  const failure = failureKind(error)
  return failure.kind === 'unclassified' ? undefined : failure.code
}
