// Runs the film path on a file with detectors of the test's own, as a media worker would.
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { Detector, RawDetection, RgbPicture } from '#anonymizer/detect/detector.ts'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import type { FilmModels } from '#anonymizer/film/film-looks.ts'
import type { FilmTuning } from '#anonymizer/film/film-run.ts'
import type { Said } from '#anonymizer/film/pure/progress-meter.ts'
import type { MediaTask, RenderReport } from '#anonymizer/worker/protocol.ts'
import { type DetectionDocument, detectionDocumentSchema } from '#schemas/detection-document.ts'
import { type BlurConfig, blurConfigSchema } from '#schemas/model-config.ts'

export interface RunOptions {
  readonly models?: FilmModels
  readonly config?: Partial<BlurConfig>
  readonly task?: Partial<MediaTask>
  readonly tuning?: Partial<FilmTuning>
  readonly signal?: AbortSignal
  readonly onProgress?: (said: Said) => void
}

export interface RunResult {
  readonly report: RenderReport
  readonly document: DetectionDocument
}

/** `output` gets the film, `output` + `.json` the document. */
export async function runTask(input: string, output: string, options: RunOptions = {}): Promise<RunResult> {
  const report = await reportOf(input, output, options)
  const text = readFileSync(options.task?.givenDocumentPath ?? `${output}.json`, 'utf8')
  return { report, document: detectionDocumentSchema.parse(JSON.parse(text)) }
}

/** The same for a task that leaves no document. */
export async function reportOf(
  input: string,
  output: string,
  options: RunOptions = {},
): Promise<RenderReport> {
  const documentPath = `${output}.json`
  return anonymizeFilm(
    {
      id: 'test',
      kind: 'film',
      extension: extname(input).toLowerCase(),
      inputPath: input,
      outputPath: output,
      documentPath,
      until: 'rendered',
      choice: { model: 'blur', config: blurConfigSchema.parse(options.config ?? {}) },
      ...options.task,
    },
    options.models ?? { face: detectorOf('face', () => []), plate: detectorOf('plate', () => []) },
    { progress: options.onProgress ?? (() => undefined) },
    options.signal ?? new AbortController().signal,
    { ...USUAL_TUNING, threads: 1, ...options.tuning },
  )
}

export type Finder = (picture: RgbPicture, call: number) => readonly Omit<RawDetection, 'class'>[]

/** A detector that is a function of the picture and of how often it was asked. */
export function detectorOf(kind: 'face' | 'plate', find: Finder): Detector {
  let calls = 0
  return {
    modelId: `test-${kind}`,
    modelSha256: '0'.repeat(64),
    detect: async (picture, threshold) =>
      find(picture, calls++)
        .filter(({ score }) => score >= threshold)
        .map((found) => ({ class: kind, ...found })),
    async [Symbol.asyncDispose]() {},
  }
}
