// `npm run chaos`: the long run. Each setting can be given from outside; the seed that is printed brings a run back (CHAOS_SEED).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const LONG = {
  CHAOS_KILLS: '200',
  CHAOS_KILL_EVERY_MS: '8000',
  CHAOS_AWAY_MS: '60000',
  CHAOS_BROKERS: '3',
  STORE_FLUSHES: '50',
  STORE_INTERLEAVINGS: '5000',
}
const root = join(import.meta.dirname, '..', '..')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const files = process.argv.slice(2)
const wanted =
  files.length > 0
    ? files
    : ['test/chaos', 'test/cluster', 'test/stores/flushall', 'test/stores/interleavings']
const done = spawnSync(process.execPath, [vitest, 'run', '--no-file-parallelism', ...wanted], {
  cwd: root,
  stdio: 'inherit',
  env: { ...LONG, ...process.env },
})
process.exit(done.status ?? 1)
