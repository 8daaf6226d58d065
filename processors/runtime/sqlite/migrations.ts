// Brings a data folder's database to the version this program knows, step by step, and refuses a newer one.
import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../configuration-error.ts'

const FIRST = `
CREATE TABLE topics (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, retention_days INTEGER
);
CREATE TABLE partitions (
  topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  PRIMARY KEY (topic_id, partition)
) WITHOUT ROWID;
CREATE TABLE records (
  topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
  key TEXT NOT NULL, value BLOB NOT NULL, headers TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,
  PRIMARY KEY (topic_id, partition, offset)
) WITHOUT ROWID;
CREATE TABLE offsets (
  group_name TEXT NOT NULL, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  PRIMARY KEY (group_name, topic_id, partition)
) WITHOUT ROWID;

CREATE TABLE sequences (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO sequences VALUES ('version', 0), ('dropped-token', 0);
CREATE TABLE entries (
  key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL, expires_at_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX entries_by_expiry ON entries (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE leases (
  lease TEXT PRIMARY KEY, owner TEXT NOT NULL, token INTEGER NOT NULL, starts INTEGER NOT NULL,
  held INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  headers TEXT NOT NULL, added_at_ms INTEGER NOT NULL
);

CREATE TABLE view_fields (
  doc TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, rank REAL,
  PRIMARY KEY (doc, field)
) WITHOUT ROWID;
CREATE TABLE view_members (
  set_name TEXT NOT NULL, member TEXT NOT NULL, score REAL NOT NULL,
  PRIMARY KEY (set_name, member)
) WITHOUT ROWID;
CREATE INDEX view_members_by_score ON view_members (set_name, score, member);

CREATE TABLE schemas (id INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL UNIQUE);
CREATE TABLE schema_subjects (subject TEXT NOT NULL, schema_id INTEGER NOT NULL, PRIMARY KEY (subject, schema_id))
  WITHOUT ROWID;
`

/** Step n brings version n to n + 1. Steps that were released never change. */
const STEPS: readonly string[] = [FIRST]

/**
 * Applies the missing steps, each in a transaction of its own.
 * @throws {ConfigurationError} when the database was written by a newer program.
 */
export function migrate(database: DatabaseSync, dataDir: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (found > STEPS.length)
    throw new ConfigurationError(
      `The data folder ${dataDir} was written by a newer syntonym (data version ${found}, this program knows ` +
        `${STEPS.length}). Start the newer program, or give this one another folder. Nothing was changed.`,
    )
  for (const [index, step] of STEPS.entries()) {
    if (index < found) continue
    database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}
