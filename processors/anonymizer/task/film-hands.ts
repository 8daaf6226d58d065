// Keeps count of the hands of this process at each film: no more than it has workers, so that a film is fetched once for each.

export interface FilmHands {
  /** The hand of a film's owner, who waits for nobody. */
  own(taskId: string): Disposable
  /** A hand at somebody's film; waits while as many as there are workers are at it. @throws the signal's reason */
  lend(taskId: string, signal: AbortSignal): Promise<Disposable>
  /** The workers here cannot make parts of a film that is planned so. */
  refuse(taskId: string, planSha256: string): void
  areRefused(taskId: string, planSha256: string): boolean
}

/** Films whose plans are refused are remembered up to so many. */
const MOST_REFUSED = 1_000

interface AtFilm {
  hands: number
  readonly waiting: Set<() => void>
}

/** `most`: workers of this process. */
export function filmHands(most: number): FilmHands {
  const films = new Map<string, AtFilm>()
  const refused = new Map<string, string>()
  const own = (taskId: string): Disposable => {
    const film = films.get(taskId) ?? { hands: 0, waiting: new Set() }
    films.set(taskId, film)
    film.hands++
    return {
      [Symbol.dispose]() {
        film.hands--
        if (film.hands === 0) films.delete(taskId)
        for (const wake of film.waiting) wake()
      },
    }
  }
  return {
    own,
    async lend(taskId, signal) {
      for (;;) {
        signal.throwIfAborted()
        const film = films.get(taskId)
        if (film === undefined || film.hands < most) return own(taskId)
        await freed(film, signal)
      }
    },
    refuse(taskId, planSha256) {
      if (refused.size >= MOST_REFUSED) refused.clear()
      refused.set(taskId, planSha256)
    },
    areRefused: (taskId, planSha256) => refused.get(taskId) === planSha256,
  }
}

function freed({ waiting }: AtFilm, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    waiting.add(wake)
    signal.addEventListener('abort', wake)
  })
}
