// Reads from /proc which processes a process has started and how much memory they hold.
import { readdir, readFile } from 'node:fs/promises'

const MAX_PROCESSES = 4096

async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch {
    // The process ended between two looks: it has no children and holds nothing.
    return ''
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  let threads: readonly string[]
  try {
    threads = await readdir(`/proc/${pid}/task`)
  } catch {
    return []
  }
  const lists = await Promise.all(threads.map((thread) => readProc(`/proc/${pid}/task/${thread}/children`)))
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((part) => part.trim() !== '')
      .map(Number),
  )
}

/** The process and everything below it, as far as it still lives. Linux only. */
export async function processTree(pid: number): Promise<readonly number[]> {
  const found = [pid]
  for (let next = 0; next < found.length && found.length < MAX_PROCESSES; next++) {
    const parent = found[next]
    if (parent !== undefined) found.push(...(await childrenOf(parent)))
  }
  return found
}

/** Resident memory of one process in bytes (VmRSS of proc_pid_status(5)); 0 when it is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(await readProc(`/proc/${pid}/status`))
  return Number(match?.[1] ?? 0) * 1024
}
