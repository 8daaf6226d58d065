// What can be asked of a box, and every way in which a boxed child can end.

/** One child process to be boxed. Paths keep their names inside the box. */
export interface BoxRequest {
  /** Absolute path of the program; it must lie under a system library folder, or under `readable`. */
  readonly command: string
  readonly args: readonly string[]
  /** Absolute paths of files and folders that the child may read besides the system's libraries. */
  readonly readable: readonly string[]
  /** The one folder that the child may write; also its working directory. */
  readonly writable: string
  /** Resident memory of the child and everything it starts, in bytes; above it the box is killed. */
  readonly memoryBytes: number
  /** Processor time of any one process in the box, in seconds. */
  readonly cpuSeconds?: number
  /** Largest file that the child may write, in bytes. */
  readonly fileBytes?: number
  /** Device files that the child may open, for example `/dev/nvidia0`. Only the bubblewrap box closes the others. */
  readonly devices?: readonly string[]
  /** The whole environment of the child; empty by default. */
  readonly env?: Readonly<Record<string, string>>
  /** Whether a Node child gets a message channel (JSON; a hostile child cannot smuggle objects through it). */
  readonly ipc: boolean
  /** How much of each of stdout and stderr is kept, in bytes; the rest is read and dropped. */
  readonly outputBytes?: number
  /** Aborting kills the box. */
  readonly signal: AbortSignal
}

export interface CapturedOutput {
  readonly text: string
  /** Bytes that were written beyond what is kept. */
  readonly droppedBytes: number
}

/** How a boxed child ended. */
export type BoxEnd = {
  readonly stdout: CapturedOutput
  readonly stderr: CapturedOutput
  /** Largest resident memory seen, in bytes; 0 where the child ended before the first look. */
  readonly peakBytes: number
} & (
  | { readonly how: 'exited'; readonly code: number }
  /** A signal that was not ours: a crash, or the processor time ran out (SIGXCPU). */
  | { readonly how: 'signalled'; readonly signal: string }
  | { readonly how: 'memory' }
  | { readonly how: 'aborted' }
  | { readonly how: 'killed' }
  /** The program could not be started. */
  | { readonly how: 'unstartable'; readonly reason: string }
)

/** What holds a child back, strongest first. */
export type BoxStrategy =
  | { readonly name: 'bubblewrap'; readonly program: string; readonly proc: boolean }
  | { readonly name: 'unshare'; readonly user: boolean; readonly proc: boolean }
  | { readonly name: 'plain' }

/** The system's library folders: a real one is bound, a link is made again. */
export type SystemFolder =
  | { readonly is: 'folder'; readonly path: string }
  | { readonly is: 'link'; readonly path: string; readonly target: string }

/** What `spawnBoxed` needs to know of the machine; made once by `findBox`. */
export interface Box {
  readonly strategy: BoxStrategy
  readonly system: readonly SystemFolder[]
  /** Folder of code that Node compiled ahead of time (docs/decisions/0021); a boxed Node child reads it and starts sooner. */
  readonly compiled?: string
}
