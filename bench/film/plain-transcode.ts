// Decodes and encodes a film and does nothing else: what hiding is measured against.
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { openFilm } from '#anonymizer/film/open-film.ts'
import type { ContainerRules } from '#anonymizer/film/pure/container.ts'
import { frameTime, newFrameClock } from '#anonymizer/film/pure/frame-time.ts'
import { workingFormat } from '#anonymizer/film/pure/pixel-layout.ts'
import { type EncodingQuality, videoEncoding } from '#anonymizer/film/pure/video-encoding.ts'
import { newTally, readFilm } from '#anonymizer/film/read-film.ts'
import { renderFilm } from '#anonymizer/film/render-film.ts'

/** T of the targets: same library, encoder, preset, rate factor and threads, no sound. Returns the number of frames. */
export async function plainTranscode(
  path: string,
  outputPath: string,
  rules: ContainerRules,
  { quality, threads }: { readonly quality: EncodingQuality; readonly threads: number },
): Promise<number> {
  const facts = inspectFilm(path, rules)
  using film = openFilm(path, rules)
  const encoding = videoEncoding(
    rules,
    { ...facts, ...facts.stored, format: workingFormat(facts.pixelFormat) },
    quality,
  )
  const source = { ...film, audio: [] }
  using renderer = renderFilm({ path: outputPath, rules, facts, encoding, source, maskBlur: true, threads })
  let clock = newFrameClock(1n)
  let index = 0
  for (const part of readFilm(film, newTally(), { threads, audio: false, joinClock: false })) {
    if (part.part !== 'picture') continue
    const { frame } = part
    const time = frameTime(clock, { pts: frame.pts, duration: frame.duration })
    clock = time.clock
    await renderer.picture(
      { frame, index, pts: time.pts, duration: clock.lastDuration },
      { frame: index, pts: 0, looked: true, detections: [] },
    )
    index++
  }
  return renderer.finish().pictures
}
