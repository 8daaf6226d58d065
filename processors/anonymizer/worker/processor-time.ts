// Reads from /proc how much processor time a process and everything below it has used.
import { readFile } from 'node:fs/promises'
import { processTree } from '#runtime/box/process-tree.ts'

/** Ticks of utime and stime in proc_pid_stat(5): USER_HZ, which is 100 on every Linux. */
const TICK_MS = 10

async function ownMs(pid: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The name, field 2, may hold spaces: count from the parenthesis that ends it. utime and stime are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS
  } catch {
    // It ended between two looks.
    return 0
  }
}

/** Milliseconds, user and system, of the processes that live. 0 where there is no /proc. */
export async function processorMs(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0
  const each = await Promise.all((await processTree(pid)).map(ownMs))
  return each.reduce((sum, ms) => sum + ms, 0)
}
