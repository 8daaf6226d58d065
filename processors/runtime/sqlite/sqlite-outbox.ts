// The outbox on SQLite: facts written in the same transaction as the decision, taken out once they are on the bus.
import type { BusMessage } from '../bus/bus.ts'
import type { OutboxEntry } from '../state/state-store.ts'
import type { LocalDatabase } from './local-database.ts'

export type SqliteOutbox = ReturnType<typeof sqliteOutbox>

/** `append` and `remove` belong inside `database.write`. */
export function sqliteOutbox(database: LocalDatabase) {
  const insert = database.prepare(
    'INSERT INTO outbox (topic, key, value, headers, added_at_ms) VALUES (?, ?, ?, ?, ?)',
  )
  const oldest = database.prepare(
    'SELECT id, topic, key, value, headers, added_at_ms AS addedAtMs FROM outbox ORDER BY id LIMIT ?',
  )
  const remove = database.prepare('DELETE FROM outbox WHERE id = ?')
  const find = database.prepare('SELECT 1 FROM outbox WHERE id = ?')

  return {
    append: (messages: readonly BusMessage[], nowMs: number): string[] =>
      messages.map((m) => {
        const { lastInsertRowid } = insert.run(m.topic, m.key, m.value, JSON.stringify(m.headers), nowMs)
        return String(lastInsertRowid)
      }),
    oldest: (limit: number): OutboxEntry[] =>
      oldest.all(limit).map((row) => ({
        id: String(row.id),
        addedAtMs: Number(row.addedAtMs),
        message: {
          topic: String(row.topic),
          key: String(row.key),
          // Columns are NOT NULL and written by `append` only.
          value: row.value as Uint8Array,
          headers: JSON.parse(String(row.headers)) as Record<string, string>,
        },
      })),
    remove(ids: readonly string[]): void {
      for (const id of ids) remove.run(Number(id))
    },
    has: (id: string): boolean => find.get(Number(id)) !== undefined,
  }
}
