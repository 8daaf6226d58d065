// The faults of the long night: processes killed, servers away, a store emptied, members that come and go.
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { processTree } from '#runtime/box/process-tree.ts'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import { keptLog } from '#test/runtime/silent.ts'
import { askHost } from '#test/services/ask-host.ts'
import type { ServiceKind, Started } from '#test/services/service-kinds.ts'
import type { Crew } from './crew.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Sends a signal to a process that may have just ended. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function isMediaWorker(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
  return line.includes('media-worker.ts') && !line.startsWith('bwrap') && !line.includes('/bwrap\0')
}

/** The media workers of a room's process. */
export async function mediaWorkersOf(pid: number): Promise<readonly number[]> {
  const tree = await processTree(pid)
  const workers = await Promise.all(tree.map(async (one) => ((await isMediaWorker(one)) ? [one] : [])))
  return workers.flat()
}

/** Whether a media worker of this process has a film open. */
export async function worksOnFilm(pid: number): Promise<boolean> {
  for (const worker of await mediaWorkersOf(pid)) {
    const folder = `/proc/${worker}/fd`
    for (const fd of await readdir(folder).catch(() => []))
      if ((await readlink(`${folder}/${fd}`).catch(() => '')).endsWith('.mp4')) return true
  }
  return false
}

/** `kill -9` of one process at random: a room, or a media worker of an anonymizer. Answers what it was. */
export async function killOne(crew: Crew, random: SeededRandom): Promise<string> {
  const { name, room } = random.pick(crew.posts)
  if (room === 'anonymizer' && random.next() < 0.5) {
    const workers = await mediaWorkersOf(crew.at(name).pid)
    if (workers.length > 0) {
      signalTo(random.pick(workers), 'SIGKILL')
      return `a worker of ${name}`
    }
  }
  crew.kill(name)
  return name
}

/** A member of a server is killed, and comes back with its data after a while. */
export async function killedFor(
  socket: string,
  started: Started<ServiceKind>,
  options: { readonly member: number; readonly awayMs: number },
): Promise<void> {
  const member = started.members[options.member]
  if (member === undefined) throw new Error(`${started.id} has no member ${options.member}`)
  // Its number changes with each restart, so the host is asked for the present one.
  await askHost(socket, { do: 'kill', id: started.id, member: member.name })
  await sleep(options.awayMs)
  await askHost(socket, { do: 'restart', id: started.id, member: member.name })
}

/** A process stands still and goes on after a while. */
export async function frozenFor(pid: number, awayMs: number): Promise<void> {
  signalTo(pid, 'SIGSTOP')
  try {
    await sleep(awayMs)
  } finally {
    signalTo(pid, 'SIGCONT')
  }
}

export async function flushAll(url: string): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  try {
    await client.flushAll()
  } finally {
    client.destroy()
  }
}

/** Another member joins the group and leaves it, again and again: each time the partitions are shared anew. */
export async function rebalanceEvery(
  ms: number,
  options: { readonly brokers: readonly string[]; readonly group: string; readonly topic: string },
  until: AbortSignal,
): Promise<number> {
  let times = 0
  await using bus = openKafkaBus({ brokers: options.brokers, clientId: 'restless', log: keptLog() })
  while (!until.aborted) {
    const { group, topic } = options
    const member = await bus.join({ group, topics: [topic], from: 'earliest' })
    times += 1
    await sleep(ms / 2, undefined, { signal: until }).catch(() => undefined)
    await member[Symbol.asyncDispose]()
    times += 1
    await sleep(ms / 2, undefined, { signal: until }).catch(() => undefined)
  }
  return times
}
