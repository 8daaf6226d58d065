import { configDefaults, defineConfig } from 'vitest/config'
import { SecondTries } from './test/second-tries.ts'

// On a shared CI machine a neighbour may hold a test up once; it then gets one more try, and is named at the end.
const tries = process.env.CI === undefined ? 0 : 1

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from a default export
export default defineConfig({
  test: {
    exclude: [...configDefaults.exclude, '**/demo-out/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: tries,
    reporters: ['default', ['json', { outputFile: 'test-out/vitest.json' }], new SecondTries()],
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    globalSetup: ['test/services/global-setup.ts'],
  },
})
