// What the anonymizer and its media worker say to each other: one task at a time, plain data, no credentials.
import type { ModelChoice } from '#schemas/model-config.ts'
import type { DetectorWork } from '../detect/counted-detector.ts'

/** Paths lie in the worker's own folder; the worker has nothing else to read or write. */
export interface MediaTask {
  readonly id: string
  readonly kind: 'picture' | 'film'
  /** Lower case with the dot; says the container and, for pictures, the output format. */
  readonly extension: string
  readonly inputPath: string
  readonly outputPath: string
  /** Where the detection document is written. */
  readonly documentPath: string
  /** Render from this document instead of looking: no model is needed. */
  readonly givenDocumentPath?: string
  /** A folder for finished parts of a long film; those that lie there are taken as they are. Without, it is done in one go. */
  readonly partsPath?: string
  /** A part is at least so long; else as usual. */
  readonly partSeconds?: number
  /** One step of a film that several workers share; nothing else is done then. Without, all of it is. */
  readonly shared?: SharedStep
  /** `detect` stops after the document; nothing is rendered. */
  readonly until: 'detected' | 'rendered'
  /** False encodes all of a film, also what could be taken over as it is. */
  readonly copy?: boolean
  readonly choice: ModelChoice
  /** Secret of the job that synthetic faces and plates are drawn from, 64 hexadecimal digits; with `syn` only. */
  readonly synSeed?: string
}

/**
 * `plan`: a film that is cut into at least so many parts is only planned, and the plan lies in the folder of parts; any
 * other is worked on to its end. `part`: one part of the plan that lies there is made, beside it.
 */
export type SharedStep =
  | { readonly do: 'plan'; readonly leastParts: number }
  | { readonly do: 'part'; readonly index: number }

/** What came of the step; a worker that would plan the film in another way makes no part of it. */
export type SharedResult = { readonly planned: number } | { readonly part: 'made' | 'not ours' }

/** `stop` means: leave after the task in hand. */
export type ToWorker = { readonly do: 'task'; readonly task: MediaTask } | { readonly do: 'stop' }

export interface RenderReport {
  readonly faces: number
  readonly plates: number
  readonly frames: number
  readonly outputExtension: string
  /** Plain facts for the user: what was kept, dropped, encoded anew; no file names, no coordinates. */
  readonly facts: Readonly<Record<string, string | number | boolean>>
  /** Of one step of a film that is shared: there is no result yet. */
  readonly shared?: SharedResult | undefined
  /** What the detectors did for it, for metrics. */
  readonly work?: readonly DetectorWork[] | undefined
}

/** How far a task is. Only a `progress` that grows counts as a sign of life. */
export interface WorkerProgress {
  /** 0..1 */
  readonly progress: number
  readonly framesPerSecond: number | null
  readonly etaSeconds: number | null
}

/** What a worker does one after the other; where looking and hiding take turns in one pass they are one stage. */
export const WORK_STAGES = ['decode', 'detect', 'render', 'detect and render', 'join parts'] as const
export type WorkStage = (typeof WORK_STAGES)[number]

export type FromWorker =
  | { readonly say: 'ready'; readonly executionProvider: string }
  /** The worker cannot work at all: a model is missing, a GPU was asked for and the CPU was got. */
  | { readonly say: 'unfit'; readonly code: string; readonly detail: string }
  /** Displayed pixels of one frame, once they are known: a larger one may use more memory. */
  | { readonly say: 'sized'; readonly id: string; readonly pixels: number }
  /** A part of the film lies finished under this name in the folder of parts. */
  | { readonly say: 'part'; readonly id: string; readonly name: string }
  /** The stage begins; the one before it is over. */
  | { readonly say: 'stage'; readonly id: string; readonly stage: WorkStage }
  | ({ readonly say: 'progress'; readonly id: string } & WorkerProgress)
  | { readonly say: 'done'; readonly id: string; readonly report: RenderReport }
  | { readonly say: 'failed'; readonly id: string; readonly code: string; readonly detail: string }
