// Keeps every room of a site running as an orchestrator does: whatever ends is started again, and whatever ended by itself is noted.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterSite, RoomName, RoomProcess } from '#test/cluster/cluster-site.ts'

export interface Post {
  readonly name: string
  readonly room: RoomName
  readonly environment: Readonly<Record<string, string>>
}

export interface Crew extends AsyncDisposable {
  readonly posts: readonly Post[]
  /** Who is at the post now, ready or still starting. */
  at(name: string): RoomProcess
  /** `kill -9`; answers the process that was killed. */
  kill(name: string): RoomProcess
  /** Resolves when every post is manned by a process that is ready. */
  allReady(): Promise<void>
  /** Ends that nobody ordered: a room that stopped by itself has met a mistake of ours. */
  readonly unordered: readonly string[]
  readonly starts: () => number
}

const RESTART_AFTER_MS = 200
const TAIL = 4_000

/** What each process said, for whoever has to find out. */
function keepOutput(folder: string, name: string, process: RoomProcess): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}-${process.pid}.log`), process.output())
}

/** `outputs`: a folder for what the processes say. */
export function startCrew(site: ClusterSite, posts: readonly Post[], outputs: string): Crew {
  const present = new Map<string, RoomProcess>()
  const ordered = new Set<RoomProcess>()
  const unordered: string[] = []
  let closed = false
  let starts = 0

  async function man(post: Post): Promise<void> {
    while (!closed) {
      const process = site.spawn(post.room, post.environment)
      present.set(post.name, process)
      starts += 1
      const { code, signal } = await process.ended
      keepOutput(outputs, post.name, process)
      if (closed) return
      if (!ordered.has(process)) {
        unordered.push(`${post.name} ended with ${code ?? signal}:\n${process.output().slice(-TAIL)}`)
        console.error(unordered.at(-1))
      }
      await sleep(RESTART_AFTER_MS)
    }
  }
  const manned = posts.map(man)
  const at = (name: string): RoomProcess => {
    const process = present.get(name)
    if (process === undefined) throw new Error(`there is no post ${name}`)
    return process
  }
  return {
    posts,
    at,
    kill(name) {
      const process = at(name)
      ordered.add(process)
      void process.stop('SIGKILL')
      return process
    },
    async allReady() {
      for (const { name } of posts)
        for (let ready = false; !ready; )
          ready = await at(name)
            .ready.then((process) => !process.hasEnded())
            .catch(() => sleep(RESTART_AFTER_MS, false))
    },
    unordered,
    starts: () => starts,
    async [Symbol.asyncDispose]() {
      closed = true
      await Promise.all([...present.values()].map((process) => process.stop('SIGKILL')))
      await Promise.all(manned)
    },
  }
}
