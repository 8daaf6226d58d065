import { expect, test } from 'vitest'
import { PROJECTION_GROUP } from '#projection/projection.ts'
import { rebuildFromFacts } from '#projection/rebuild.ts'
import { keptLog } from '../runtime/silent.ts'
import { manyFacts } from './many-facts.ts'
import { openProjectionWorld } from './running-projection.ts'

const inParts = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

/** Processor seconds of this process: what the figure is on a machine that others use, too. */
const cpuSeconds = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

test('100,000 facts are rebuilt into views in less than 30 s of processor time', {
  timeout: 120_000,
}, async () => {
  await using world = await openProjectionWorld()
  const all = [...manyFacts(100_000)]
  for (const part of inParts(all, 1_000)) await world.publish(part)
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const count = await rebuildFromFacts({
    bus: world.stores.bus,
    codec: world.codec,
    views: world.stores.views,
    log: keptLog(),
    signal: new AbortController().signal,
  })
  const [seconds, busy] = [(performance.now() - started) / 1000, cpuSeconds(cpu)]
  console.log(`${count} facts rebuilt in ${seconds.toFixed(1)} s (${busy.toFixed(1)} s of processor)`)
  expect(count).toBe(all.length)
  expect(busy).toBeLessThan(30)
})

test('facts published one by one are in the views at 2,000 a second of processor time', {
  timeout: 60_000,
}, async () => {
  await using world = await openProjectionWorld()
  await using _projection = await world.start()
  const all = [...manyFacts(10_000)]
  const publishers = inParts(all, Math.ceil(all.length / 64))
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  await Promise.all(
    publishers.map(async (mine) => {
      for (const fact of mine) await world.publish([fact])
    }),
  )
  await world.caughtUp(PROJECTION_GROUP)
  const [seconds, busy] = [(performance.now() - started) / 1000, cpuSeconds(cpu)]
  console.log(
    `${all.length} facts: ${Math.round(all.length / seconds)} a second, ${Math.round(all.length / busy)} a second of processor time`,
  )
  expect(all.length / busy).toBeGreaterThan(2_000)
})
