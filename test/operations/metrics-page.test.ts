import { expect, test } from 'vitest'
import { metricsPage, pageMetrics } from './metrics-page.ts'

const all = [...pageMetrics().values()].flat()

test('docs/metrics.md is what the code registers (vitest -u writes it anew)', async () => {
  await expect(metricsPage()).toMatchFileSnapshot('../../docs/metrics.md')
})

test('names carry our prefix and a base unit; counters end in _total and nothing else does', () => {
  for (const { name, type } of all) {
    expect(name).toMatch(/^syntonym_[a-z0-9_]+$/)
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
    expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb|minutes|percent)(_|$)/)
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/)
  }
})

/** Each label with the closed set that its values come from. */
const LABELS = [
  ...['version', 'room', 'provider', 'model', 'role', 'sha256', 'dependency', 'group', 'topic', 'type'],
  ...['outcome', 'state', 'kind', 'code', 'cause', 'reason', 'how', 'class', 'strength', 'step'],
  ...['route', 'method', 'status', 'decision', 'answer'],
]
test('no label can carry an id, a name, a path or a key', () => {
  expect(all.flatMap(({ labels }) => labels).filter((label) => !LABELS.includes(label))).toEqual([])
})

test('no metric is registered twice, and each says what it means in a sentence', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  for (const { help } of all) expect(help).toMatch(/^[A-Z].{10,}\.$/)
})
