// Starts servers on demand, each once when shared, and remembers every process so that all can be stopped.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { processIdentity } from './process-identity.ts'
import { writeProcesses } from './run-folder.ts'
import { startKafka } from './servers/kafka.ts'
import { startRedis, startValkey } from './servers/redis.ts'
import { startRegistry } from './servers/registry.ts'
import { startS3 } from './servers/s3.ts'
import {
  givenAddresses,
  type RunningServer,
  type ServerMember,
  type ServiceAddresses,
  type ServiceKind,
  type Started,
  type StartOptions,
} from './service-kinds.ts'

const STARTERS: {
  readonly [K in ServiceKind]: (options: StartOptions) => Promise<RunningServer<ServiceAddresses[K]>>
} = {
  kafka: (options) => startKafka(1, options),
  kafka3: (options) => startKafka(3, options),
  registry: startRegistry,
  valkey: startValkey,
  redis: startRedis,
  s3: startS3,
}
/** A port may be taken between looking and listening. */
const TRIES = 2

export class ServerFleet {
  readonly #options: StartOptions
  readonly #shared = new Map<ServiceKind, Promise<Started<ServiceKind>>>()
  readonly #running = new Map<string, RunningServer>()
  #count = 0

  constructor(options: StartOptions) {
    this.#options = options
    this.#record()
  }

  /** A start that failed is tried again by the next who asks. */
  share(kind: ServiceKind): Promise<Started<ServiceKind>> {
    const known = this.#shared.get(kind)
    if (known !== undefined) return known
    const addresses = givenAddresses(kind, this.#options.environment)
    const starting =
      addresses === undefined
        ? this.own(kind)
        : Promise.resolve({ id: `given-${kind}`, addresses, members: [] })
    this.#shared.set(kind, starting)
    starting.catch(() => this.#shared.delete(kind))
    return starting
  }

  async own(kind: ServiceKind): Promise<Started<ServiceKind>> {
    this.#count += 1
    const id = `${kind}-${this.#count}`
    const server = await this.#start(kind, id)
    this.#running.set(id, server)
    this.#record()
    return {
      id,
      addresses: server.addresses,
      members: server.members.map(({ name, pid }) => ({ name, pid: pid() })),
    }
  }

  async kill(id: string, member: string): Promise<void> {
    await this.#memberOf(id, member).kill()
  }

  async restart(id: string, member: string): Promise<number> {
    const found = this.#memberOf(id, member)
    await found.restart()
    this.#record()
    return found.pid()
  }

  async stop(id: string): Promise<void> {
    await this.#running.get(id)?.stop()
    this.#running.delete(id)
    this.#record()
  }

  async stopAll(): Promise<void> {
    await Promise.allSettled(this.#shared.values())
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id)))
  }

  #memberOf(id: string, member: string): ServerMember {
    const found = this.#running.get(id)?.members.find(({ name }) => name === member)
    if (found === undefined) throw new Error(`no member ${member} of ${id} runs here`)
    return found
  }

  async #start(kind: ServiceKind, id: string): Promise<RunningServer> {
    for (let tries = 1; ; tries += 1)
      try {
        const folder = join(this.#options.folder, `${id}-${tries}`)
        mkdirSync(folder)
        return await STARTERS[kind]({ ...this.#options, folder })
      } catch (error) {
        if (tries === TRIES || (error instanceof Error && error.name === 'ProgramMissing')) throw error
        this.#options.say(
          `${kind} did not start, trying again: ${error instanceof Error ? error.message : error}`,
        )
      }
  }

  #record(): void {
    const identities = (pids: readonly number[]) => pids.flatMap((pid) => processIdentity(pid) ?? [])
    const [host] = identities([process.pid])
    if (host === undefined) return // not a Linux: nothing to compare later
    const pids = [...this.#running.values()].flatMap(({ members }) => members.map((member) => member.pid()))
    writeProcesses(this.#options.folder, { host, servers: identities(pids) })
  }
}
