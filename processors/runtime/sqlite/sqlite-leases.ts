// Leases with fencing tokens on SQLite: one owner at a time, tokens that only grow, starts counted durably.
import type { Clock } from '../clock.ts'
import type { Entry, Fence, LeaseResult } from '../state/state-store.ts'
import type { LocalDatabase } from './local-database.ts'

interface LeaseRow {
  readonly token: number
  readonly starts: number
  readonly held: boolean
  readonly expiresAtMs: number
}

export type SqliteLeases = ReturnType<typeof sqliteLeases>

function leaseRows(database: LocalDatabase) {
  const select = database.prepare(
    'SELECT token, starts, held, expires_at_ms AS expiresAtMs FROM leases WHERE lease = ?',
  )
  const save = database.prepare(
    `INSERT INTO leases (lease, owner, token, starts, held, expires_at_ms) VALUES (?, ?, ?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET owner = excluded.owner, token = excluded.token, starts = excluded.starts,
       held = 1, expires_at_ms = excluded.expires_at_ms`,
  )
  const extend = database.prepare(
    'UPDATE leases SET expires_at_ms = ? WHERE lease = ? AND token = ? AND held = 1',
  )
  const letGo = database.prepare(
    'UPDATE leases SET held = 0, starts = ? WHERE lease = ? AND token = ? AND held = 1',
  )
  return {
    find(lease: string): LeaseRow | undefined {
      const row = select.get(lease)
      if (row === undefined) return undefined
      const [token, starts, expiresAtMs] = [row.token, row.starts, row.expiresAtMs].map(Number)
      return { token: token ?? 0, starts: starts ?? 0, held: row.held === 1, expiresAtMs: expiresAtMs ?? 0 }
    },
    save: (lease: string, owner: string, token: number, starts: number, expiresAtMs: number) =>
      save.run(lease, owner, token, starts, expiresAtMs),
    extend: ({ lease, token }: Fence, expiresAtMs: number): boolean =>
      Number(extend.run(expiresAtMs, lease, token).changes) === 1,
    letGo: ({ lease, token }: Fence, starts: number) => letGo.run(starts, lease, token),
  }
}

/** A lease that was dropped and comes again must not meet a zombie with the same token: tokens go on above these. */
function droppedTokens(database: LocalDatabase) {
  const forget = database.prepare('DELETE FROM leases WHERE lease = ?')
  const floor = database.prepare("SELECT value FROM sequences WHERE name = 'dropped-token'")
  const raise = database.prepare("UPDATE sequences SET value = max(value, ?) WHERE name = 'dropped-token'")
  return {
    highest: (): number => Number(floor.get()?.value ?? 0),
    drop(lease: string, token: number): void {
      raise.run(token)
      forget.run(lease)
    },
  }
}

/** All but `holds` and `forget` resolve after a commit of their own; these two belong inside `database.write`. */
export function sqliteLeases(database: LocalDatabase, clock: Clock) {
  const rows = leaseRows(database)
  const dropped = droppedTokens(database)
  const forget = (lease: string): void => {
    const row = rows.find(lease)
    if (row !== undefined) dropped.drop(lease, row.token)
  }
  return {
    holds({ lease, token }: Fence): boolean {
      const row = rows.find(lease)
      return row?.held === true && row.token === token
    },
    acquire: (
      lease: string,
      owner: string,
      ttlMs: number,
      readAll: () => readonly (Entry | undefined)[],
    ): Promise<LeaseResult> =>
      database.write((): LeaseResult => {
        const now = clock.now()
        const row = rows.find(lease)
        if (row?.held && row.expiresAtMs > now) return { verdict: 'held', untilMs: row.expiresAtMs }
        const token = (row?.token ?? dropped.highest()) + 1
        const starts = (row?.starts ?? 0) + 1
        rows.save(lease, owner, token, starts, now + ttlMs)
        return { verdict: 'granted', token, starts, isFirst: row === undefined, entries: readAll() }
      }, 'durable'),
    renew: (fence: Fence, ttlMs: number): Promise<'renewed' | 'lost'> =>
      database.write(() => (rows.extend(fence, clock.now() + ttlMs) ? 'renewed' : 'lost'), 'written'),
    release: (fence: Fence, how: 'finished' | 'returned'): Promise<void> =>
      database.write(() => {
        const starts = how === 'finished' ? 0 : Math.max(0, (rows.find(fence.lease)?.starts ?? 0) - 1)
        rows.letGo(fence, starts)
      }, 'written'),
    forget,
    drop: (lease: string): Promise<void> => database.write(() => forget(lease), 'written'),
  }
}

/**
 * Frees the leases that the last process of this data folder held when it died. The folder's lock says that it is dead,
 * so nobody need wait for the leases to run out. The media of a task are handled in a child process that dies alone, so
 * the death of the whole process does not count against the task. To be called before anybody takes a lease.
 */
export async function freeLeasesOfDeadProcess(database: LocalDatabase, clock: Clock): Promise<void> {
  const free = database.prepare(
    'UPDATE leases SET held = 0, starts = max(0, starts - 1) WHERE held = 1 AND expires_at_ms > ?',
  )
  await database.write(() => free.run(clock.now()), 'durable')
}
