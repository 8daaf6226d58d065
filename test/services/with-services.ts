// Runs tests with real servers; where one cannot be had they say so and how to get it, and in CI that is a failure.
import { describe, inject, test } from 'vitest'
import { type AllStarted, allStartedBy } from './ask-host.ts'
import { ProgramMissing } from './run-program.ts'
import type { ServiceKind } from './service-kinds.ts'

/**
 * `await withServices(['kafka'], ({ kafka }) => { test(…) })` at the top of a test file. The servers are shared by the
 * whole run: use names of your own. `own: true` gives fresh ones that the tests may kill (`Started.members`).
 */
export async function withServices<K extends ServiceKind>(
  kinds: readonly K[],
  define: (started: AllStarted<K>) => void,
  options: { readonly own?: boolean } = {},
): Promise<void> {
  try {
    define(await allStartedBy(inject('servicesSocket'), options.own === true ? 'own' : 'share', kinds))
  } catch (error) {
    if (!(error instanceof ProgramMissing) || process.env.CI === 'true') throw error
    const what = `cannot run here without ${kinds.join(', ')}: ${error.message}`
    console.warn(`These tests ${what}`)
    describe('real servers', () => test.skip(what, () => undefined))
  }
}
