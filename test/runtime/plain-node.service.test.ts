import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname

// The test runner finds named exports in CommonJS packages that Node itself does not.
test('every file of the shared rooms loads in plain Node, as it will run', () => {
  const files = globSync(['schemas/**/*.ts', 'processors/{runtime,projection}/**/*.ts'], { cwd: ROOT })
    .filter((file) => !file.endsWith('main.ts'))
    .map((file) => join(ROOT, file))
  const script = 'for (const file of process.argv.slice(1)) await import(file)'
  expect(files.length).toBeGreaterThan(50)
  const run = () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script, ...files], {
      stdio: 'pipe',
      encoding: 'utf8',
    })
  expect(run()).toBe('')
})
