// Writes the shell line that sets the resource limits of everything that starts after it.
import type { BoxRequest } from './box-request.ts'

/**
 * The resident limit is held by a watch; this wall stops what allocates faster than the watch looks. It counts
 * private writable memory, touched or not (RLIMIT_DATA since Linux 4.7), so it needs room for thread stacks and
 * for what V8 keeps ready. The address space itself (RLIMIT_AS) is no measure: V8 reserves far more than it uses.
 */
const WALL_FACTOR = 2
const WALL_EXTRA_BYTES = 512 * 1024 * 1024
const OPEN_FILES = 1024
const FILE_BLOCK_BYTES = 512

/** Arguments of /bin/sh that set limits and become `command`. POSIX `ulimit`; dash takes one limit a call. */
export function limitedShell(
  limits: Pick<BoxRequest, 'memoryBytes' | 'cpuSeconds' | 'fileBytes'>,
  command: readonly string[],
): readonly string[] {
  const wallKilobytes = Math.ceil((limits.memoryBytes * WALL_FACTOR + WALL_EXTRA_BYTES) / 1024)
  const lines = ['ulimit -c 0', `ulimit -d ${wallKilobytes}`, `ulimit -n ${OPEN_FILES}`]
  if (limits.cpuSeconds !== undefined) lines.push(`ulimit -t ${Math.ceil(limits.cpuSeconds)}`)
  if (limits.fileBytes !== undefined)
    lines.push(`ulimit -f ${Math.ceil(limits.fileBytes / FILE_BLOCK_BYTES)}`)
  return ['-c', `${lines.join(' && ')} && exec "$@"`, 'sh', ...command]
}
