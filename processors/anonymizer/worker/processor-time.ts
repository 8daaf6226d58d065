// Reads from /proc how much processor time a process and everything below it has used.
import { processTree, readProc } from '#runtime/box/process-tree.ts'

/** Ticks of utime and stime in proc_pid_stat(5): USER_HZ, which is 100 on every Linux. */
const TICK_MS = 10

function ownMs(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`)
  // The name, field 2, may hold spaces: count from the parenthesis that ends it. utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS
}

/** Milliseconds, user and system, of the processes that live. 0 where there is no /proc. */
export const processorMs = (pid: number | undefined): number =>
  pid === undefined ? 0 : processTree(pid).reduce((sum, each) => sum + ownMs(each), 0)
