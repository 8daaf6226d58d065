// Starts one process of a server and brings it back on demand, with the same command and the same data.
import { join } from 'node:path'
import { type ServerProcess, spawnServer, untilReady } from '../server-process.ts'
import type { ServerMember } from '../service-kinds.ts'

export interface MemberOptions {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  readonly timeoutMs: number
  readonly environment?: Readonly<Record<string, string>>
  readonly isReady: () => Promise<boolean>
}

/** Spawned at once; `ready` resolves when it answers. */
export function startMember(options: MemberOptions): { member: ServerMember; ready: Promise<void> } {
  const { name, program, args, folder, environment, timeoutMs, isReady } = options
  const logFile = join(folder, `${name}.log`)
  const spawnIt = (): ServerProcess =>
    spawnServer({ program, args, folder, logFile, ...(environment && { environment }) })
  const wait = (server: ServerProcess) => untilReady(server, { name, logFile, timeoutMs, isReady })
  let server = spawnIt()
  return {
    ready: wait(server),
    member: {
      name,
      pid: () => server.pid,
      kill: () => server.kill(),
      async restart() {
        await server.kill()
        server = spawnIt()
        await wait(server)
      },
    },
  }
}

/** Starts members side by side; when one fails, none stays. */
export async function startMembers(all: readonly MemberOptions[]): Promise<readonly ServerMember[]> {
  const started = all.map(startMember)
  const results = await Promise.allSettled(started.map(({ ready }) => ready))
  const failed = results.find((result) => result.status === 'rejected')
  const members = started.map(({ member }) => member)
  if (failed !== undefined) {
    await Promise.all(members.map((member) => member.kill()))
    throw failed.reason
  }
  return members
}

export const stopMembers = async (members: readonly ServerMember[]): Promise<void> => {
  await Promise.all(members.map((member) => member.kill()))
}
