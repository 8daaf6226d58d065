// Lets the GPU decode a film only when the first picture that it gives is, sample for sample, the one that the CPU gives.
import type { Frame, HardwareDeviceContext } from 'node-av/lib'
import type { FilmFacts } from './inspect-film.ts'
import { openFilm } from './open-film.ts'
import { isFromGpu } from './open-gpu-decoder.ts'
import { pixelFormatName } from './pixel-format.ts'
import type { ContainerRules } from './pure/container.ts'
import { type DeviceVerdict, decideDecoder } from './pure/gpu-choice.ts'
import { workingFormat } from './pure/pixel-layout.ts'
import { newTally, readFilm } from './read-film.ts'
import { workingPictures } from './working-picture.ts'

/** A decoder that gave no picture after so many packets will give none. */
const MOST_PACKETS = 100

/**
 * Where no GPU is given, the CPU decodes.
 * @throws {PermanentFailure} MEDIA_UNREADABLE; GPU_NOT_AVAILABLE when the GPU fails instead of refusing the film
 */
export function chooseDecoder(
  path: string,
  rules: ContainerRules,
  facts: FilmFacts,
  gpu: HardwareDeviceContext | undefined,
): DeviceVerdict {
  const verdict = decideDecoder(gpu ? 'cuda' : 'cpu', facts)
  if (verdict.on === 'cpu') return verdict
  const same = withFirstPicture(path, rules, undefined, (ours) =>
    withFirstPicture(path, rules, gpu, (theirs) =>
      isFromGpu(pixelFormatName(theirs)) ? isSamePicture(ours, theirs, facts) : undefined,
    ),
  )
  if (same === undefined) return { on: 'cpu', why: 'device' }
  return same ? verdict : { on: 'cpu', why: 'other pictures' }
}

/** Undefined where there is none. */
function withFirstPicture<T>(
  path: string,
  rules: ContainerRules,
  gpu: HardwareDeviceContext | undefined,
  use: (frame: Frame) => T | undefined,
): T | undefined {
  using film = openFilm(path, rules)
  const tally = newTally()
  const options = { threads: 1, gpu, audio: false, coded: true, joinClock: false }
  for (const part of readFilm(film, tally, options)) {
    if (part.part === 'picture') return use(part.frame)
    if (tally.videoPackets > MOST_PACKETS) return undefined
  }
  return undefined
}

/** Compares time, size and every sample, in the CPU's format. */
export function isSamePicture(a: Frame, b: Frame, facts: FilmFacts): boolean {
  if (a.pts !== b.pts || a.width !== b.width || a.height !== b.height) return false
  const format = workingFormat(facts.pixelFormat)
  using ofA = workingPictures(facts, format)
  using ofB = workingPictures(facts, format)
  return ofA.prepare(a).toBuffer().equals(ofB.prepare(b).toBuffer())
}
