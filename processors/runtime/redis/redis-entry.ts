// Reads what is stored under an entry's key: its version, a blank and its value.
import type { Entry } from '../state/state-store.ts'
import type { Reply } from './redis-connection.ts'
import { textOf } from './reply.ts'

export function entryOf(stored: string): Entry {
  const blank = stored.indexOf(' ')
  return { version: Number(stored.slice(0, blank)), value: stored.slice(blank + 1) }
}

export const readEntry = (reply: Reply | undefined): Entry | undefined =>
  reply === null || reply === undefined ? undefined : entryOf(textOf(reply))
