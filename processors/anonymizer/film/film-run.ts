// Says what goes along with a film from its first pass to its last: its task, its facts, the models, and how it is worked on.
import type { MediaTask, WorkStage } from '../worker/protocol.ts'
import type { FilmModels, LookRules } from './film-looks.ts'
import type { FilmProgress } from './film-progress.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { FilmGpu } from './open-gpu.ts'
import type { ContainerRules } from './pure/container.ts'
import type { FilmSettings } from './pure/film-settings.ts'
import type { DeviceVerdict } from './pure/gpu-choice.ts'
import type { EncodingQuality, VideoEncoding } from './pure/video-encoding.ts'

/** What may differ from one machine or measurement to another. */
export interface FilmTuning {
  readonly looks: LookRules
  readonly quality: EncodingQuality
  /** Threads of decoder and encoder, each. */
  readonly threads: number
  /** Groups of pictures without anything to hide are taken over as they are where that is safe. */
  readonly copy: boolean
  /** Pictures waiting for their detections may take so many bytes; beyond it the film is decoded twice. */
  readonly windowBytes: number
  /** Where a task keeps parts, a part is at least so long. */
  readonly partSeconds: number
  /** Takes what it can of decoding and encoding; all is done on the CPU where there is none. */
  readonly gpu?: FilmGpu | undefined
}

export interface FilmRun {
  readonly task: MediaTask
  readonly rules: ContainerRules
  readonly settings: FilmSettings
  readonly facts: FilmFacts
  /** Where its pictures are decoded. */
  readonly decoding: DeviceVerdict
  readonly encoding: VideoEncoding
  readonly models: FilmModels
  readonly progress: FilmProgress
  readonly tuning: FilmTuning
  /** Called when a part of the film is done and lies in the task's folder of parts. */
  readonly onPart?: ((name: string) => void) | undefined
  /** Told what begins now. */
  readonly onStage?: ((stage: WorkStage) => void) | undefined
}
