// Says in words what a box holds back and what it does not, for people who run the doctor.
import type { Box, BoxStrategy } from './pure/box-request.ts'

export interface BoxDescription {
  readonly name: BoxStrategy['name']
  readonly network: 'closed' | 'open'
  readonly files: 'only named' | 'as the service user'
  /** Whether the child could read the environment of other processes of the service user. */
  readonly processes: 'hidden' | 'visible'
  readonly summary: string
}

const LIMITS = 'memory, processor time and file size limited, environment empty'

/** What is in force with this strategy. */
export function describeBox({ strategy }: Box): BoxDescription {
  switch (strategy.name) {
    case 'bubblewrap':
      return {
        name: 'bubblewrap',
        network: 'closed',
        files: 'only named',
        processes: 'hidden',
        summary: `bubblewrap (${strategy.program}): no network, no files but the work folder, ${LIMITS}`,
      }
    case 'unshare':
      return {
        name: 'unshare',
        network: 'closed',
        files: 'as the service user',
        processes: strategy.proc ? 'hidden' : 'visible',
        summary: `unshare: no network, but files are open as for the service user; ${LIMITS}. Install bubblewrap for more`,
      }
    case 'plain':
      return {
        name: 'plain',
        network: 'open',
        files: 'as the service user',
        processes: 'visible',
        summary: `plain child: network and files are open as for the service user; ${LIMITS}. Install bubblewrap and allow user namespaces for more`,
      }
  }
}
