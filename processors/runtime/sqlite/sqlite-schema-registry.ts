// The schema registry on SQLite: the same text has the same number for ever.
import type { SchemaRegistry } from '../bus/schema-registry.ts'
import { PermanentFailure } from '../failure.ts'
import type { LocalDatabase } from './local-database.ts'

/** The registry of a data folder. */
export function openSqliteSchemaRegistry(options: { database: LocalDatabase }): SchemaRegistry {
  const { database } = options
  const byText = database.prepare('SELECT id FROM schemas WHERE json = ?')
  const byId = database.prepare('SELECT json FROM schemas WHERE id = ?')
  const insert = database.prepare('INSERT INTO schemas (json) VALUES (?) ON CONFLICT DO NOTHING')
  const link = database.prepare('INSERT INTO schema_subjects VALUES (?, ?) ON CONFLICT DO NOTHING')

  return {
    register: (subject, schemaJson) =>
      database.write(() => {
        insert.run(schemaJson)
        const id = Number(byText.get(schemaJson)?.id)
        link.run(subject, id)
        return id
      }, 'durable'),
    async schemaById(id) {
      const row = byId.get(id)
      if (row === undefined) throw new PermanentFailure('EVENT_UNREADABLE', `No schema has the number ${id}.`)
      return String(row.json)
    },
  }
}
