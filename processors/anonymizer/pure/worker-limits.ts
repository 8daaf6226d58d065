// Says how much memory and silence a media worker may take for a task, and when it has served long enough.

const MIB = 1024 * 1024

export interface WorkerLimits {
  /** Time from start until the models are loaded. */
  readonly readyMs: number
  /** Pauses between starts that failed for no reason that the worker knew: a machine short of memory, say. */
  readonly startPausesMs: readonly number[]
  /** Processor time without an answer and without growing progress; of plain time a multiple, see `silence`. */
  readonly silentMs: number
  /** What each million pixels of a frame may take besides. */
  readonly silentMsPerMegapixel: number
  /** Resident memory of the worker for frames up to `basePixels`, in bytes. */
  readonly baseBytes: number
  /** What each pixel above `basePixels` may take besides, in bytes. */
  readonly bytesPerPixel: number
  readonly basePixels: number
  /** No frame is allowed more than this, in bytes. */
  readonly maxBytes: number
  /** Largest file that the worker may write, in bytes. */
  readonly fileBytes: number
  /** A worker leaves after this many tasks. */
  readonly tasksPerWorker: number
  /** A worker leaves when it holds so much more than when it was ready, in bytes. */
  readonly growthBytes: number
}

/** 1080p with its coded height. */
const FULL_HD_PIXELS = 1920 * 1088

/** Models and runtime hold 210 MB when ready; the text detector at 1280 x 1280 brings that to 490 MB for good. */
export const PICTURE_LIMITS: WorkerLimits = {
  readyMs: 60_000,
  startPausesMs: [200, 1000, 5000],
  silentMs: 20_000,
  // Slicing looks at each tile with both detectors and tells nothing between.
  silentMsPerMegapixel: 1_500,
  baseBytes: 768 * MIB,
  bytesPerPixel: 40,
  basePixels: 4096 * 2304,
  maxBytes: 4096 * MIB,
  fileBytes: 2048 * MIB,
  tasksPerWorker: 500,
  growthBytes: 448 * MIB,
}

export const FILM_LIMITS: WorkerLimits = {
  readyMs: 60_000,
  startPausesMs: [200, 1000, 5000],
  silentMs: 90_000,
  silentMsPerMegapixel: 0,
  baseBytes: 1024 * MIB,
  bytesPerPixel: 320,
  basePixels: FULL_HD_PIXELS,
  maxBytes: 6144 * MIB,
  fileBytes: 512 * 1024 * MIB,
  tasksPerWorker: 50,
  growthBytes: 448 * MIB,
}

/** Resident memory that a task may take, in bytes; `pixels` of one frame, undefined while they are not known. */
export function memoryLimit(limits: WorkerLimits, pixels: number | undefined): number {
  const above = Math.max(0, (pixels ?? 0) - limits.basePixels)
  return Math.min(limits.maxBytes, limits.baseBytes + above * limits.bytesPerPixel)
}

/** Waiting is cheaper than working, and a busy machine makes everybody wait. */
const WAITING_FACTOR = 2.5

/** How long a worker may be silent; `pixels` of one frame, undefined while they are not known. */
export function silence(
  limits: WorkerLimits,
  pixels: number | undefined,
): { readonly processorMs: number; readonly wallMs: number } {
  const processorMs = limits.silentMs + (limits.silentMsPerMegapixel * (pixels ?? 0)) / 1e6
  return { processorMs, wallMs: processorMs * WAITING_FACTOR }
}

export interface WorkerWear {
  readonly tasks: number
  /** Resident bytes when it was ready, and now. */
  readonly readyBytes: number
  readonly nowBytes: number
}

export type WearVerdict =
  | { readonly do: 'keep' }
  | { readonly do: 'replace'; readonly reason: 'tasks' | 'growth' }

/** Whether a worker that has just finished a task may take another. */
export function decideWear(limits: WorkerLimits, wear: WorkerWear): WearVerdict {
  if (wear.tasks >= limits.tasksPerWorker) return { do: 'replace', reason: 'tasks' }
  if (wear.nowBytes - wear.readyBytes > limits.growthBytes) return { do: 'replace', reason: 'growth' }
  return { do: 'keep' }
}
