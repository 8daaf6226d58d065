// Where the shared data for tests lies, if it is there at all.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder =
  process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data')

/** The folder of shared data, or undefined: a test that needs it then says so and is skipped. */
export const SHARED_DATA: string | undefined = existsSync(folder) ? folder : undefined
export const WITHOUT_DATA = 'skipped: no shared data'

/** A file of the shared data. */
export const shared = (path: string): string => join(SHARED_DATA ?? folder, path)
