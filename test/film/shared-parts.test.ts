// Proves that a film whose parts are made apart, each from the plan alone, is the film that one worker makes.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { USUAL_LOOKS } from '#anonymizer/film/film-looks.ts'
import { readPlan, writePlan } from '#anonymizer/film/parts/plan-file.ts'
import { PLAN_NAME, partName } from '#anonymizer/film/pure/part-name.ts'
import type { MediaTask, SharedStep } from '#anonymizer/worker/protocol.ts'
import { paintSquare, squareFinder } from './bright-square.ts'
import { detectorOf, type RunOptions, reportOf, runTask } from './run-task.ts'
import { exposedFrames, film, folder } from './square-film.ts'

const PART_SECONDS = 2
const walking = (frame: number) => ({ x: 20 + Math.round(110 * (1 + Math.sin(frame / 20))), y: 60, side: 44 })
const made = {
  times: Array.from({ length: 270 }, (_, i) => i),
  paint: paintSquare(walking),
  codecOptions: { preset: 'ultrafast', crf: '14', g: '30', keyint_min: '30', bf: '2', sc_threshold: '0' },
  audioCodec: 'aac',
}
const looking = (task: Partial<MediaTask>, threads = 1): RunOptions => {
  const find = squareFinder()
  return {
    models: { face: detectorOf('face', find) },
    config: { enable_lp: false },
    tuning: { looks: { ...USUAL_LOOKS, face: { ...USUAL_LOOKS.face, mostEnlarged: 1 } }, threads },
    task: { partSeconds: PART_SECONDS, ...task },
  }
}
let folders = 0
const newFolder = (): string => {
  const path = join(folder, `shared-${folders++}`)
  mkdirSync(path)
  return path
}
/** A step leaves no document. */
async function step(input: string, parts: string, shared: SharedStep, threads?: number) {
  const output = join(parts, 'output.mp4')
  const options = looking({ partsPath: parts, shared }, threads)
  return reportOf(input, output, options)
}

describe('a film in parts that are made apart', () => {
  test('is planned once, made by many, and the very file of one worker', async () => {
    const { input, output } = film(made)
    const one = await runTask(input, `${output}.one.mp4`, looking({ partsPath: newFolder() }))
    const planner = newFolder()
    const { shared } = await step(input, planner, { do: 'plan', leastParts: 3 })
    const parts = shared && 'planned' in shared ? shared.planned : 0
    expect(parts).toBe(one.report.facts.parts)
    expect(parts).toBeGreaterThanOrEqual(3)
    expect(readdirSync(planner)).toEqual([PLAN_NAME])
    for (let index = parts - 1; index >= 0; index--) {
      const worker = newFolder()
      copyFileSync(join(planner, PLAN_NAME), join(worker, PLAN_NAME))
      const report = await step(input, worker, { do: 'part', index })
      expect(report.shared).toEqual({ part: 'made' })
      expect(report.frames).toBeGreaterThan(0)
      expect(existsSync(join(worker, 'output.mp4'))).toBe(false)
      copyFileSync(join(worker, partName(index)), join(planner, partName(index)))
    }
    const joined = await runTask(input, output, looking({ partsPath: planner }))
    expect(joined.report.facts.parts_taken_over).toBe(parts)
    expect(joined.report.frames).toBe(one.report.frames)
    expect(joined.document).toEqual(one.document)
    expect(exposedFrames(output, walking)).toEqual([])
    expect(readFileSync(output).equals(readFileSync(`${output}.one.mp4`))).toBe(true)
  }, 60_000)

  test('takes a part from a machine with more cores', async () => {
    const { input, output } = film(made)
    const parts = newFolder()
    await step(input, parts, { do: 'plan', leastParts: 2 })
    await step(input, parts, { do: 'part', index: 1 }, 2)
    const joined = await runTask(input, output, looking({ partsPath: parts }))
    expect(joined.report.facts.parts_taken_over).toBe(1)
    expect(exposedFrames(output, walking)).toEqual([])
  }, 60_000)

  test('is worked on to its end at once where it has fewer parts than are worth sharing', async () => {
    const { input, output } = film(made)
    const task = { partsPath: newFolder(), shared: { do: 'plan', leastParts: 99 } } as const
    const { report } = await runTask(input, output, looking(task))
    expect(report.shared).toBeUndefined()
    expect(Number(report.facts.parts)).toBeGreaterThanOrEqual(3)
    expect(report.frames).toBe(270)
  }, 60_000)

  test('has no part made by a worker that would plan it in another way, or without a plan', async () => {
    const { input } = film(made)
    const parts = newFolder()
    expect((await step(input, parts, { do: 'part', index: 0 })).shared).toEqual({ part: 'not ours' })
    await step(input, parts, { do: 'plan', leastParts: 2 })
    expect((await step(input, parts, { do: 'part', index: 99 })).shared).toEqual({ part: 'not ours' })
    const plan = readPlan(join(parts, PLAN_NAME))
    if (plan) writePlan(join(parts, PLAN_NAME), { ...plan, parts: plan.parts.slice(1) })
    expect((await step(input, parts, { do: 'part', index: 0 })).shared).toEqual({ part: 'not ours' })
    expect(readdirSync(parts)).toEqual([PLAN_NAME])
  }, 60_000)

  test('has a plan that reads back as it was written, with times below zero too', () => {
    const path = join(newFolder(), PLAN_NAME)
    const tally = {
      ...{ videoPackets: 9, pictures: 0, refusedPackets: 0, damagedPictures: 0, brokenOff: false },
      ...{ clockJumps: 0, bytes: 1, endSeconds: null },
    }
    const part = { index: 0, enter: { pts: -5n, seek: -6n }, lookFrom: null, from: -1n, to: 7n, readTo: null }
    const plan = { fingerprint: 'x', start: -5n, end: 2n ** 60n, keyFrames: 2, parts: [part], tally }
    writePlan(path, plan)
    expect(readPlan(path)).toEqual(plan)
    expect(readPlan(`${path}-not`)).toBeUndefined()
  })
})
