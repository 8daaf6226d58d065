// The views on SQLite: one row per document field and per set member, so that every write stands alone.
import type { Member, Views, Write } from '../views/views.ts'
import type { LocalDatabase } from './local-database.ts'

type Row = Record<string, unknown>
const asMember = (row: Row): Member => ({ member: String(row.member), score: Number(row.score) })

/** The statements that change views; inside `database.write`. */
function viewWriter(database: LocalDatabase) {
  const set = database.prepare(
    `INSERT INTO view_fields (doc, field, value) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value`,
  )
  const latest = database.prepare(
    `INSERT INTO view_fields VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, rank = excluded.rank
     WHERE coalesce(rank, -1e308) < excluded.rank OR (rank = excluded.rank AND value < excluded.value)`,
  )
  const add = database.prepare(
    `INSERT INTO view_members VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET score = excluded.score WHERE score < excluded.score`,
  )
  const dropDoc = database.prepare('DELETE FROM view_fields WHERE doc = ?')
  const dropSet = database.prepare('DELETE FROM view_members WHERE set_name = ?')
  const dropMember = database.prepare('DELETE FROM view_members WHERE set_name = ? AND member = ?')
  return {
    write(write: Write): void {
      if (write.do === 'add') add.run(write.set, write.member, write.score)
      else if (write.do === 'max') latest.run(write.doc, write.field, String(write.value), write.value)
      else if (write.do === 'latest') latest.run(write.doc, write.field, write.value, write.order)
      else for (const [field, value] of Object.entries(write.fields)) set.run(write.doc, field, value)
    },
    drop(
      docs: readonly string[],
      sets: readonly string[],
      members: readonly { set: string; member: string }[],
    ): void {
      for (const doc of docs) dropDoc.run(doc)
      for (const name of sets) dropSet.run(name)
      for (const { set: name, member } of members) dropMember.run(name, member)
    },
  }
}

/** Where to go on: behind every member of an earlier answer. */
const START: Record<'up' | 'down', Member> = {
  up: { member: '', score: -Number.MAX_VALUE },
  down: { member: '\u{10ffff}', score: Number.MAX_VALUE },
}

/** The statements that read views. */
function viewReader(database: LocalDatabase) {
  const fields = database.prepare('SELECT field, value FROM view_fields WHERE doc = ?')
  const counted = database.prepare('SELECT count(*) AS n FROM view_members WHERE set_name = ?')
  const up = database.prepare(
    `SELECT member, score FROM view_members WHERE set_name = ? AND (score, member) > (?, ?)
     ORDER BY score, member LIMIT ?`,
  )
  const down = database.prepare(
    `SELECT member, score FROM view_members WHERE set_name = ? AND (score, member) < (?, ?)
     ORDER BY score DESC, member DESC LIMIT ?`,
  )
  return {
    doc(doc: string): Readonly<Record<string, string>> | undefined {
      const rows = fields.all(doc)
      if (rows.length === 0) return undefined
      return Object.fromEntries(rows.map((row) => [String(row.field), String(row.value)]))
    },
    count: (set: string): number => Number(counted.get(set)?.n ?? 0),
    members: (set: string, order: 'up' | 'down', from: Member, limit: number): Member[] =>
      (order === 'up' ? up : down).all(set, from.score, from.member, limit).map(asMember),
  }
}

/** The views of a data folder. Writes resolve when a `kill -9` cannot undo them; facts rebuild what a power cut takes. */
export function openSqliteViews(options: { database: LocalDatabase }): Views {
  const { database } = options
  const writer = viewWriter(database)
  const reader = viewReader(database)
  return {
    async apply(writes) {
      if (writes.length === 0) return
      await database.write(() => {
        for (const write of writes) writer.write(write)
      }, 'written')
    },
    read: async (doc) => reader.doc(doc),
    readMany: async (docs) => docs.map(reader.doc),
    count: async (set) => reader.count(set),
    countMany: async (sets) => sets.map(reader.count),
    members: async (set, { order, limit, after }) => reader.members(set, order, after ?? START[order], limit),
    async drop(docs, sets, members = []) {
      await database.write(() => writer.drop(docs, sets, members), 'written')
    },
    async [Symbol.asyncDispose]() {
      // The database belongs to whoever opened it.
    },
  }
}
