import { configDefaults, defineConfig } from 'vitest/config'

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from a default export
export default defineConfig({
  test: { exclude: [...configDefaults.exclude, '**/demo-out/**'], testTimeout: 20_000 },
})
