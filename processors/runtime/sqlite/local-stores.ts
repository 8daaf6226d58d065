// Opens everything that local mode stores, in one data folder, and takes over what a dead process left.
import { join } from 'node:path'
import type { Bus } from '../bus/bus.ts'
import type { SchemaRegistry } from '../bus/schema-registry.ts'
import type { Clock } from '../clock.ts'
import { openFileObjects } from '../objects/file-objects.ts'
import type { Objects } from '../objects/objects.ts'
import type { StateStore } from '../state/state-store.ts'
import type { Views } from '../views/views.ts'
import { openLocalDatabase } from './local-database.ts'
import { openSqliteBus } from './sqlite-bus.ts'
import { freeLeasesOfDeadProcess } from './sqlite-leases.ts'
import { openSqliteSchemaRegistry } from './sqlite-schema-registry.ts'
import { openSqliteStateStore } from './sqlite-state-store.ts'
import { openSqliteViews } from './sqlite-views.ts'

export interface LocalStores extends AsyncDisposable {
  readonly bus: Bus
  readonly registry: SchemaRegistry
  readonly store: StateStore
  readonly views: Views
  readonly objects: Objects
}

const OBJECTS_FOLDER = 'objects'

/**
 * The stores of a data folder, locked for this process until disposed.
 * @throws {ConfigurationError} in use, not writable, from a newer version, or not a database.
 */
export async function openLocalStores(options: {
  dataDir: string
  ownerName: string
  clock: Clock
}): Promise<LocalStores> {
  const { clock } = options
  const database = await openLocalDatabase(options)
  try {
    await freeLeasesOfDeadProcess(database, clock)
    return {
      bus: openSqliteBus({ database, clock }),
      registry: openSqliteSchemaRegistry({ database }),
      store: openSqliteStateStore({ database, clock }),
      views: openSqliteViews({ database }),
      objects: await openFileObjects({ root: join(options.dataDir, OBJECTS_FOLDER) }),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}
