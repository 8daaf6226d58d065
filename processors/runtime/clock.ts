// Time and chance as arguments, so that a test can hold them.

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
}
export interface Random {
  /** A fresh random UUID (version 4). */
  uuid(): string
}
