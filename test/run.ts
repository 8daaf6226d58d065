// `npm test`: types, format and lint, then every test; closes with one line that counts.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}` }

function step(title: string, command: string, args: readonly string[]): boolean {
  const started = performance.now()
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const ok = done.status === 0
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)`)
  return ok
}

interface Totals {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
}

const only = process.argv.slice(2)
mkdirSync(join(root, 'test-out'), { recursive: true })
const report = join(root, 'test-out', 'vitest.json')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const results = [
  only.length > 0 || step('types', bin('tsc'), ['--noEmit']),
  only.length > 0 || step('format and lint', bin('biome'), ['ci', '.']),
  step('tests', process.execPath, [vitest, 'run', ...only]),
]
const totals = JSON.parse(readFileSync(report, 'utf8')) as Totals
const failed = totals.numFailedTests + results.filter((ok) => !ok).length
console.log(`\n${totals.numPassedTests} passed, ${failed} failed, ${totals.numPendingTests} skipped`)
process.exit(failed > 0 || totals.numPassedTests === 0 ? 1 : 0)
