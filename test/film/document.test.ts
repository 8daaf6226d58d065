// Proves that a film's detection document is all that rendering needs, and that a wrong one hides nothing by halves.
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documentFrames, writeDocument } from '#anonymizer/film/document-file.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import { decodePlanes } from './probe-film.ts'
import { runTask } from './run-task.ts'
import { crossing, exposedFrames, FRAMES, faces, film, folder, HEIGHT, WIDTH } from './square-film.ts'

describe('the detection document', () => {
  test('renders to the very pictures of the one-step way, with no model', async () => {
    const { input, output } = film()
    await runTask(input, output, faces())
    const again = `${output}.again.mp4`
    await runTask(input, again, {
      models: {},
      config: { enable_lp: false },
      task: { givenDocumentPath: `${output}.json` },
    })
    expect(decodePlanes(again).pictures).toEqual(decodePlanes(output).pictures)
  })

  test('may be laid out anew and edited by a person', async () => {
    const { input, output } = film()
    const { document } = await runTask(
      input,
      output,
      faces(() => []),
    )
    const frames = document.frames.map((frame) => ({
      ...frame,
      detections: [{ class: 'face', score: 1, box: [0, 0, WIDTH, HEIGHT], track: null, origin: 'drawn' }],
    }))
    const edited = join(folder, 'edited.json')
    writeFileSync(edited, JSON.stringify({ ...document, frames }, null, 2))
    await runTask(input, output, { models: {}, task: { givenDocumentPath: edited } })
    expect(exposedFrames(output, crossing)).toEqual([])
  })

  test('is read to its end where it is longer than what is read at once', async () => {
    const { input, output } = film()
    const { document } = await runTask(input, output, faces())
    const { frames, ...head } = document
    const long = join(folder, 'long.json')
    await using writer = writeDocument(long, head)
    await writer.write(
      frames.map((frame) => ({ ...frame, detections: Array(100).fill(frame.detections).flat() })),
    )
    await writer.finish()
    expect(statSync(long).size).toBeGreaterThan(2 * 65536)
    await runTask(input, output, { models: {}, task: { givenDocumentPath: long } })
    expect(exposedFrames(output, crossing)).toEqual([])
  })

  test('that leaves a frame out, or is of another film, hides nothing and fails', async () => {
    const { input, output } = film()
    const { document } = await runTask(input, output, faces())
    const edited = join(folder, 'short.json')
    for (const wrong of [
      { ...document, frames: document.frames.filter(({ frame }) => frame !== 7) },
      { ...document, frames: document.frames.slice(0, -1) },
      { ...document, width: document.width + 2 },
    ]) {
      writeFileSync(edited, JSON.stringify(wrong))
      await expect(runTask(input, output, { task: { givenDocumentPath: edited } })).rejects.toMatchObject({
        code: 'DETECTION_FAILED',
      })
      expect(existsSync(output)).toBe(false)
    }
  })

  test('is all that is made when nothing is to be rendered', async () => {
    const { input, output } = film()
    const { document } = await runTask(input, output, { ...faces(), task: { until: 'detected' } })
    expect(document.frames).toHaveLength(FRAMES)
    expect(existsSync(output)).toBe(false)
    const told: FrameDetections[] = []
    for await (const frame of documentFrames(`${output}.json`)) told.push(frame)
    expect(told).toEqual(document.frames)
  })
})
