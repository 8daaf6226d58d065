// Builds bubblewrap's arguments: nothing is visible but what is named, nothing is writable but one folder.
import type { BoxRequest, SystemFolder } from './box-request.ts'

/** A path by its name inside the box, and where it really lies. */
export interface BoundPath {
  readonly path: string
  readonly source: string
}

export interface BubblewrapPlan {
  readonly request: Pick<BoxRequest, 'command' | 'args' | 'writable' | 'devices'>
  readonly readable: readonly BoundPath[]
  readonly system: readonly SystemFolder[]
  /** Whether the kernel lets us mount a fresh /proc for the new process namespace. */
  readonly proc: boolean
}

/** Nobody: files that the child makes belong to us outside, but inside it is not root. */
const NOBODY = '65534'

// Later mounts cover earlier ones: folders come before what lies in them.
const byDepth = (a: { path: string }, b: { path: string }): number =>
  a.path.split('/').length - b.path.split('/').length

/**
 * Arguments for bubblewrap 0.4 or newer, ending with the command. No network, no other processes, no home, no host
 * /tmp, no environment but the given one (bubblewrap hands on its own).
 */
export function bubblewrapArguments(plan: BubblewrapPlan): readonly string[] {
  const { request } = plan
  const args = ['--unshare-user', '--unshare-all', '--die-with-parent', '--new-session']
  args.push('--cap-drop', 'ALL', '--uid', NOBODY, '--gid', NOBODY, '--hostname', 'box')
  if (plan.proc) args.push('--proc', '/proc')
  args.push('--dev', '/dev')
  for (const device of request.devices ?? []) args.push('--dev-bind', device, device)
  for (const folder of plan.system) {
    if (folder.is === 'folder') args.push('--ro-bind', folder.path, folder.path)
    else args.push('--symlink', folder.target, folder.path)
  }
  for (const { path, source } of [...plan.readable].sort(byDepth)) args.push('--ro-bind', source, path)
  args.push('--bind', request.writable, request.writable)
  // Without this the root and /dev are memory that the child could fill outside of every limit.
  args.push('--remount-ro', '/dev', '--remount-ro', '/', '--chdir', request.writable)
  return [...args, '--', request.command, ...request.args]
}
