// Runs the conformance suites on the SQLite adapters.
import { openSqliteBus } from '#runtime/sqlite/sqlite-bus.ts'
import { openSqliteSchemaRegistry } from '#runtime/sqlite/sqlite-schema-registry.ts'
import { openSqliteStateStore } from '#runtime/sqlite/sqlite-state-store.ts'
import { openSqliteViews } from '#runtime/sqlite/sqlite-views.ts'
import { readEach } from '#runtime/state/read-together.ts'
import { busConformance } from './bus.conformance.ts'
import { onLocalDatabase, realClock } from './local-adapters.ts'
import { readTogetherConformance } from './read-together.conformance.ts'
import { schemaRegistryConformance } from './schema-registry.conformance.ts'
import { stateStoreConformance } from './state-store.conformance.ts'
import { viewsConformance } from './views.conformance.ts'

const clock = realClock
busConformance('SQLite', () => onLocalDatabase((database) => openSqliteBus({ database, clock })))
stateStoreConformance('SQLite', () =>
  onLocalDatabase((database) => openSqliteStateStore({ database, clock })),
)
viewsConformance('SQLite', () => onLocalDatabase((database) => openSqliteViews({ database })))
readTogetherConformance('SQLite', () =>
  onLocalDatabase((database) => {
    const [store, views] = [openSqliteStateStore({ database, clock }), openSqliteViews({ database })]
    return { store, views, together: readEach(store, views) }
  }),
)
schemaRegistryConformance('SQLite', () =>
  onLocalDatabase((database) => openSqliteSchemaRegistry({ database })),
)
