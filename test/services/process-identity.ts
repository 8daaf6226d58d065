// Tells a process from a later one with the same number, so that only what we started is ever stopped.
import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, as the kernel has it. */
  readonly startTicks: string
}

/** Undefined when there is no such process. Field 22 of proc(5) stat; the program's name may hold spaces. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, startTicks: fields[19] ?? '' }
  } catch {
    return undefined // gone
  }
}

export const isSameProcess = ({ pid, startTicks }: ProcessIdentity): boolean =>
  processIdentity(pid)?.startTicks === startTicks
