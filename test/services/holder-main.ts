// A test run in small, for a test to kill: starts a host and one server, says their ids, and waits.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startedBy } from './ask-host.ts'
import { startServiceHost } from './start-host.ts'

const host = await startServiceHost()
const { members } = await startedBy(host.socket, 'share', 'valkey')
const { host: owner } = JSON.parse(readFileSync(join(dirname(host.socket), 'processes.json'), 'utf8')) as {
  host: { pid: number }
}
console.log(JSON.stringify({ server: members[0]?.pid, host: owner.pid, folder: dirname(host.socket) }))
setInterval(() => undefined, 60_000)
