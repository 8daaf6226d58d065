// What tests and the host of their servers say to each other: JSON over HTTP on a socket file.
import type { ServiceKind, Started } from './service-kinds.ts'

export type HostRequest =
  /** One for the whole run, started by whoever asks first. */
  | { readonly do: 'share'; readonly kind: ServiceKind }
  /** A fresh one that the asking test may break. */
  | { readonly do: 'own'; readonly kind: ServiceKind }
  /** `kill -9` of one process, which stays away until it is restarted. */
  | { readonly do: 'kill'; readonly id: string; readonly member: string }
  | { readonly do: 'restart'; readonly id: string; readonly member: string }
  | { readonly do: 'stop'; readonly id: string }

export type HostAnswer =
  | { readonly is: 'started'; readonly started: Started<ServiceKind> }
  | { readonly is: 'restarted'; readonly pid: number }
  /** Also of one process. */
  | { readonly is: 'stopped' }
  /** The machine lacks something; the text says how to get it. */
  | { readonly is: 'missing'; readonly how: string }
  | { readonly is: 'failed'; readonly reason: string }
