// The folder of one test run's servers: who runs for it is written there, so that a later run can clear up after a crash.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSameProcess, type ProcessIdentity } from './process-identity.ts'
import { killGroup } from './server-process.ts'

const PREFIX = 'syntonym-services-'
const FILE = 'processes.json'
const EMPTY_FOR_MS = 600_000

interface Processes {
  readonly host: ProcessIdentity
  readonly servers: readonly ProcessIdentity[]
}

export const makeRunFolder = (): string => mkdtempSync(join(tmpdir(), PREFIX))

export function writeProcesses(folder: string, processes: Processes): void {
  const file = join(folder, FILE)
  writeFileSync(`${file}.new`, JSON.stringify(processes))
  renameSync(`${file}.new`, file)
}

/** Stops what runs whose host is gone left behind, and removes their folders. Answers how many processes it stopped. */
export function clearDeadRuns(): number {
  let stopped = 0
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name)
    if (!existsSync(join(folder, FILE))) {
      // Just being made; or its host died before it had written anything.
      if (Date.now() - statSync(folder).mtimeMs > EMPTY_FOR_MS)
        rmSync(folder, { recursive: true, force: true })
      continue
    }
    const { host, servers } = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Processes
    if (isSameProcess(host)) continue
    for (const server of servers.filter(isSameProcess)) {
      killGroup(server.pid)
      stopped += 1
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  return stopped
}
