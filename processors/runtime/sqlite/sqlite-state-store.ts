// The decisions on SQLite: a step is one transaction that checks everything first and then writes everything.
import type { Clock } from '../clock.ts'
import type { Entry, StateStore, Step, StepResult } from '../state/state-store.ts'
import type { LocalDatabase } from './local-database.ts'
import { type SqliteLeases, sqliteLeases } from './sqlite-leases.ts'
import { type SqliteOutbox, sqliteOutbox } from './sqlite-outbox.ts'

/** Run-out entries are invisible at once; their rows go with a later step. */
const EXPIRE_EVERY_STEPS = 1_000

/** Entries and counters; the writing ones belong inside `database.write`. */
function rows(database: LocalDatabase, clock: Clock) {
  const entry = database.prepare(
    'SELECT value, version FROM entries WHERE key = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?)',
  )
  const put = database.prepare(
    `INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET value = excluded.value, version = excluded.version, expires_at_ms = excluded.expires_at_ms`,
  )
  const remove = database.prepare('DELETE FROM entries WHERE key = ?')
  const expire = database.prepare('DELETE FROM entries WHERE expires_at_ms <= ?')
  const counter = database.prepare('SELECT value FROM counters WHERE name = ?')
  const setCounter = database.prepare(
    'INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const nextVersion = database.prepare(
    "UPDATE sequences SET value = value + 1 WHERE name = 'version' RETURNING value",
  )
  return {
    entry(key: string): Entry | undefined {
      const row = entry.get(key, clock.now())
      return row === undefined ? undefined : { value: String(row.value), version: Number(row.version) }
    },
    counter: (name: string): number => Number(counter.get(name)?.value ?? 0),
    setCounter: (name: string, value: number) => setCounter.run(name, value),
    /** One version for the step, never given before: an entry deleted and made again is seen as changed. */
    nextVersion: (): number => Number(nextVersion.get()?.value),
    put: (key: string, value: string, version: number, expiresAtMs: number | undefined) =>
      put.run(key, value, version, expiresAtMs ?? null),
    remove: (key: string) => remove.run(key),
    expire: () => expire.run(clock.now()),
  }
}
type Rows = ReturnType<typeof rows>

/** The counters after the step, or the one that would leave its minimum or maximum. */
function added(step: Step, table: Rows): { after: Map<string, number> } | { short: string } {
  const after = new Map<string, number>()
  for (const { counter, delta, min, max } of step.adds ?? []) {
    const value = (after.get(counter) ?? table.counter(counter)) + delta
    if (min !== undefined && delta < 0 && value < min) return { short: counter }
    if (max !== undefined && value > max) return { short: counter }
    after.set(counter, value)
  }
  return { after }
}

function runStep(
  step: Step,
  table: Rows,
  leases: SqliteLeases,
  outbox: SqliteOutbox,
  nowMs: number,
): StepResult {
  if (step.fence && !leases.holds(step.fence)) return { verdict: 'fenced', lease: step.fence.lease }
  for (const { key, version } of step.checks ?? [])
    if ((table.entry(key)?.version ?? 0) !== version) return { verdict: 'conflict', key }
  const counters = added(step, table)
  if ('short' in counters) return { verdict: 'short', counter: counters.short }

  for (const key of step.deletes ?? []) table.remove(key)
  const version = step.puts?.length ? table.nextVersion() : 0
  for (const { key, value, expiresAtMs } of step.puts ?? []) table.put(key, value, version, expiresAtMs)
  for (const [counter, value] of counters.after) table.setCounter(counter, value)
  if (step.fence && step.endsLease) leases.forget(step.fence.lease)
  return { verdict: 'done', outboxIds: outbox.append(step.outbox ?? [], nowMs) }
}

/** The decision store of a data folder; the database stays the caller's to close. */
export function openSqliteStateStore(options: { database: LocalDatabase; clock: Clock }): StateStore {
  const { database, clock } = options
  const table = rows(database, clock)
  const leases = sqliteLeases(database, clock)
  const outbox = sqliteOutbox(database)
  let steps = 0

  return {
    get: async (key) => table.entry(key),
    getMany: async (keys) => keys.map(table.entry),
    counter: async (name) => table.counter(name),
    commit(step) {
      steps += 1
      if (steps % EXPIRE_EVERY_STEPS === 0)
        void database.write(table.expire, 'written').catch(() => undefined)
      return database.write(() => runStep(step, table, leases, outbox, clock.now()), 'durable')
    },
    acquireLease: (lease, owner, ttlMs, reading = []) =>
      leases.acquire(lease, owner, ttlMs, () => reading.map(table.entry)),
    renewLease: leases.renew,
    releaseLease: leases.release,
    dropLease: leases.drop,
    // A file that is lost takes the log with it: what is there is always the same store.
    generation: async () => 'local',
    outbox: async (limit) => outbox.oldest(limit),
    removeFromOutbox: (ids) => database.write(() => outbox.remove(ids), 'written'),
    stillInOutbox: async (ids) => ids.filter(outbox.has),
    async [Symbol.asyncDispose]() {
      // The database belongs to whoever opened it.
    },
  }
}
