// The ways in which a media worker fails us, as against a task that it refused in good order.

export type DeathCode = 'WORKER_DIED' | 'WORKER_TIMEOUT' | 'WORKER_MEMORY'

export type DeathCause = 'exit' | 'signal' | 'garbage' | 'silence' | 'memory'

/** The worker is gone and has taken the task with it; another worker may try again. */
export class WorkerDeath extends Error {
  readonly code: DeathCode
  readonly by: DeathCause
  constructor(code: DeathCode, by: DeathCause, detail: string) {
    super(detail)
    this.name = 'WorkerDeath'
    this.code = code
    this.by = by
  }
}

/** No worker can be started here: a model is missing, or the GPU that was asked for. Our installation is wrong. */
export class WorkerUnfit extends Error {
  readonly code: string
  /** Whether the worker itself said so, or just did not come up. */
  readonly said: boolean
  constructor(code: string, detail: string, said: boolean) {
    super(`No media worker can be started: ${detail} (${code})`)
    this.name = 'WorkerUnfit'
    this.code = code
    this.said = said
  }
}
