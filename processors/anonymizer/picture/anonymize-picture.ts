// Takes one picture through the whole path: decode, look, write the document, hide, encode, write.
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { PermanentFailure } from '#runtime/failure.ts'
import { type DetectionDocument, detectionDocumentSchema } from '#schemas/detection-document.ts'
import { hiddenDetections } from '../pure/hiding-rules.ts'
import { openTaskSynthesizer, type SynModelsSource } from '../syn/open-task-synthesizer.ts'
import { synFacts } from '../syn/pure/syn-facts.ts'
import type { Synthesizer } from '../syn/synthesizer.ts'
import type { MediaTask, RenderReport, WorkerProgress, WorkStage } from '../worker/protocol.ts'
import { decodePicture } from './decode-picture.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { detectPicture, type PictureDetectors } from './detect-picture.ts'
import { type PictureSettings, pictureSettings } from './pure/picture-settings.ts'
import { renderPicture } from './render-picture.ts'

/** A larger file is no still picture of ours. */
const MOST_FILE_BYTES = 1024 * 1024 * 1024

export interface PictureModels {
  readonly face?: PictureDetectors['face']
  readonly secondFace?: PictureDetectors['face']
  readonly plate?: PictureDetectors['plate']
  readonly plateReader?: PictureDetectors['plateReader']
  /** What synthetic faces are made with; asked for only where they are. */
  readonly syn?: SynModelsSource
}
export interface PictureHooks {
  /** Displayed pixels, before they are decoded. */
  readonly sized?: (pixels: number) => void
  readonly progress?: (progress: WorkerProgress) => void
  readonly stage?: (stage: WorkStage) => void
}

/**
 * Reads `task.inputPath`, writes the detection document and, unless `until` is `detected`, the hidden picture. On any
 * failure no output is left behind.
 * @throws {PermanentFailure} TYPE_*, MEDIA_*, DETECTION_FAILED, RENDER_FAILED, OUTPUT_UNVERIFIED, MODEL_NOT_AVAILABLE
 * @throws the signal's reason
 */
export async function anonymizePicture(
  task: MediaTask,
  models: PictureModels,
  signal: AbortSignal,
  hooks: PictureHooks = {},
): Promise<RenderReport> {
  const settings = pictureSettings(task.choice)
  try {
    signal.throwIfAborted()
    hooks.stage?.('decode')
    const picture = await decodePicture(await readInput(task.inputPath), task.extension, hooks.sized)
    hooks.progress?.(step(0.3))
    hooks.stage?.('detect')
    const document = await documentOf(task, picture, settings, { models, signal })
    await writeFile(task.documentPath, `${JSON.stringify(document)}\n`)
    hooks.progress?.(step(0.7))
    signal.throwIfAborted()
    hooks.stage?.('render')
    const hidden = hiddenOf(document, settings)
    const synthesizer = await openTaskSynthesizer(task, models.syn)
    if (task.until === 'rendered')
      await writeFile(task.outputPath, await renderPicture(picture, hidden, settings, synthesizer))
    hooks.progress?.(step(1))
    return reportOf(task, picture, hidden, synthesizer)
  } catch (error) {
    await rm(task.outputPath, { force: true })
    throw error
  }
}

/** The document with only what is hidden: what was found and is left stays in the file. */
const hiddenOf = (document: DetectionDocument, { rules }: PictureSettings): DetectionDocument => ({
  ...document,
  frames: document.frames.map((frame) => ({
    ...frame,
    detections: hiddenDetections(frame.detections, document, rules),
  })),
})

const step = (progress: number): WorkerProgress => ({ progress, framesPerSecond: null, etaSeconds: null })

async function readInput(path: string): Promise<Uint8Array> {
  if ((await stat(path)).size > MOST_FILE_BYTES)
    throw new PermanentFailure('MEDIA_TOO_LARGE', 'The picture’s file is larger than allowed.')
  return readFile(path)
}

/** The given document, or what the detectors find. A class that is asked for and has no detector is a failure. */
async function documentOf(
  task: MediaTask,
  picture: DecodedPicture,
  settings: PictureSettings,
  { models, signal }: { models: PictureModels; signal: AbortSignal },
): Promise<DetectionDocument> {
  if (task.givenDocumentPath !== undefined) return readPictureDocument(task.givenDocumentPath)
  const wanted = (
    asked: boolean,
    detector: PictureDetectors['face'],
    what: string,
  ): PictureDetectors['face'] => {
    if (asked && !detector)
      throw new PermanentFailure('MODEL_NOT_AVAILABLE', `There is no ${what} detector here.`)
    return asked ? detector : undefined
  }
  const detectors = {
    face: wanted(settings.faces, models.face, 'face'),
    secondFace: models.secondFace,
    plate: wanted(settings.plates, models.plate, 'plate'),
    plateReader: models.plateReader,
  }
  return detectPicture(picture, settings, detectors, signal)
}

async function readPictureDocument(path: string): Promise<DetectionDocument> {
  const read = detectionDocumentSchema.safeParse(parsed(await readFile(path, 'utf8')))
  if (read.success && read.data.kind === 'picture') return read.data
  throw new PermanentFailure('RENDER_FAILED', 'The detection document is not one of a picture.')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PermanentFailure('RENDER_FAILED', 'The detection document is not JSON.', { cause: error })
  }
}

function reportOf(
  task: MediaTask,
  picture: DecodedPicture,
  document: DetectionDocument,
  synthesizer: Synthesizer | undefined,
): RenderReport {
  const detections = document.frames.flatMap((frame) => frame.detections)
  return {
    faces: detections.filter((each) => each.class === 'face').length,
    plates: detections.filter((each) => each.class === 'plate').length,
    frames: 1,
    outputExtension: task.extension,
    facts: {
      width: picture.width,
      height: picture.height,
      ...picture.facts,
      ...(synthesizer ? synFacts(synthesizer.counts) : {}),
    },
  }
}
