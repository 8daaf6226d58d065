// Chooses for one film where it is decoded and how it is encoded, and says so in its report where a GPU was asked for.
import type { FilmRun } from './film-run.ts'
import { ON_CPU, type WhyNotOnGpu } from './pure/gpu-choice.ts'
import { workingFormat } from './pure/pixel-layout.ts'
import { videoEncoding } from './pure/video-encoding.ts'
import { chooseDecoder } from './try-gpu-decoder.ts'

/** @throws {PermanentFailure} MEDIA_UNREADABLE; GPU_NOT_AVAILABLE when the GPU fails */
export function chooseDevices({
  task,
  rules,
  facts,
  tuning,
}: Pick<FilmRun, 'task' | 'rules' | 'facts' | 'tuning'>): Pick<FilmRun, 'decoding' | 'encoding'> {
  const { devices, cuda } = tuning.gpu ?? { devices: ON_CPU }
  const decoding = chooseDecoder(task.inputPath, rules, facts, devices.decode === 'cuda' ? cuda : undefined)
  const inMemory = workingFormat(facts.pixelFormat)
  // What NVDEC gives is hidden in as it is; both encoders of H.264 take it.
  const format = decoding.on === 'cuda' && inMemory === 'yuv420p' ? 'nv12' : inMemory
  const picture = { ...facts.stored, ...facts, format }
  return { decoding, encoding: videoEncoding(rules, picture, tuning.quality, devices.encode) }
}

/** Nothing where no GPU was asked for. */
export function deviceFacts({
  task,
  tuning,
  decoding,
  encoding,
}: Pick<FilmRun, 'task' | 'tuning' | 'decoding' | 'encoding'>): Record<string, string | boolean> {
  const { decode, encode } = tuning.gpu?.devices ?? ON_CPU
  const rendered = task.until === 'rendered' && encode === 'cuda'
  return {
    ...(decode === 'cuda' ? told('decoded', decoding.on === 'cpu' ? decoding.why : undefined) : {}),
    ...(rendered ? told('encoded', encoding.notOnGpu) : {}),
  }
}

const told = (step: string, why: WhyNotOnGpu | undefined): Record<string, string | boolean> =>
  why === undefined ? { [`${step}_on_gpu`]: true } : { [`not_${step}_on_gpu`]: why }
