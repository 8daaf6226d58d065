import { describe, expect, test } from 'vitest'
import { capacity } from '#cli/commands/capacity.ts'
import { usualFigures } from '#cli/pure/capacity/figures.ts'
import { pathLimits } from '#cli/pure/capacity/path-limits.ts'
import { type DayOfWork, planCapacity } from '#cli/pure/capacity/plan.ts'

const f = usualFigures()
const day: DayOfWork = { filmHours: 100, pictures: 0, fps: 25, copied: 0, filmMinutes: 20, busyHours: 24 }
const cpu = { cores: 16, gpu: 'cpu' } as const

describe('a plan', () => {
  test('is the sum of its frames, by hand: 100 h at 25 a second and 113 ms, 300 tasks', () => {
    const { cpuHoursADay, nodes } = planCapacity(day, cpu, f)
    expect(cpuHoursADay).toBeCloseTo((9_000_000 * 0.113 + 300 * 0.008) / 3600, 3)
    expect(nodes).toBe(Math.ceil(cpuHoursADay / (24 * 16 * 0.7)))
  })
  test('never takes fewer nodes for more work, fewer cores, or fewer hours', () => {
    const { nodes } = planCapacity(day, cpu, f)
    expect(planCapacity({ ...day, filmHours: 1_000 }, cpu, f).nodes).toBeGreaterThan(nodes)
    expect(planCapacity(day, { ...cpu, cores: 4 }, f).nodes).toBeGreaterThan(nodes)
    expect(planCapacity({ ...day, busyHours: 6 }, cpu, f).nodes).toBeGreaterThan(nodes)
    expect(planCapacity({ ...day, pictures: 1e7 }, cpu, f).nodes).toBeGreaterThan(nodes)
  })
  test('saves the encoding of what is taken over, and no looking', () => {
    const all = planCapacity({ ...day, copied: 1 }, cpu, f)
    const frame = f.decode_ms + f.detect_ms + f.copy_ms
    expect(all.cpuHoursADay).toBeCloseTo((9_000_000 * frame) / 1e3 / 3600 + (300 * 0.008) / 3600, 3)
  })
  test('a GPU takes the looks and leaves decoding and encoding, and binds where its looks are slow', () => {
    const gpu = { cores: 16, gpu: 'L4' } as const
    const quick = planCapacity(day, gpu, { ...f, gpu_look_ms: 1 })
    expect(quick.cpuHoursADay).toBeLessThan(planCapacity(day, cpu, f).cpuHoursADay)
    expect(quick.cpuHoursADay).toBeGreaterThan((9_000_000 * 0.053) / 3600)
    expect(quick.boundBy).toBe('cpu')
    expect(planCapacity(day, gpu, { ...f, gpu_look_ms: 50 }).boundBy).toBe('gpu')
    expect(quick.findings.join(' ')).toContain('they are not used today')
  })
  test('says when there are more pods than partitions, and when the shared path is too slow', () => {
    expect(planCapacity(day, cpu, f).findings).toEqual([])
    const many = planCapacity({ ...day, filmHours: 30_000 }, cpu, f)
    expect(many.findings[0]).toMatch(/^syntonym\.film-tasks\.v1 has 64 partitions: of \d+ pods \d+ get none/)
    const pictures = planCapacity({ ...day, filmHours: 0, pictures: 1e8 }, cpu, f)
    expect(pictures.findings.join(' ')).toMatch(/The projection \(1 process\) bears about 833 tasks a second/)
  })
  test('says when one film takes longer than there are hours', () => {
    const slow = { ...day, filmMinutes: 1_440, busyHours: 1 }
    expect(planCapacity(slow, { ...cpu, cores: 1 }, f).findings.join(' ')).toContain('does not spread')
  })
})

test('more projections than partitions of the facts fold no faster', () => {
  const projection = (n: number) =>
    pathLimits(f, n).find(({ what }) => what.startsWith('The projection'))?.tasksASecond ?? 0
  expect(projection(12)).toBeCloseTo(12 * projection(1))
  expect(projection(24)).toBe(projection(12))
})

describe('the command', () => {
  const usual = {
    ...{ filmsHoursPerDay: '100', picturesPerDay: '0', gpu: 'cpu', cores: '16', fps: '25', copied: '0' },
    ...{ filmMinutes: '20', busyHours: '24', assume: [] },
  }
  async function said(options: Partial<Parameters<typeof capacity>[0]>): Promise<string> {
    let text = ''
    const out = { write: (part: string) => (text += part) }
    await capacity({ ...usual, ...options }, { out, err: out, environment: {} } as never)
    return text
  }
  test('prints every assumption, and which are yours', async () => {
    const text = await said({ assume: ['encode_ms=10'] })
    for (const name of Object.keys(f)) expect(text).toContain(`  ${name}=`)
    expect(text).toContain('encode_ms=10 CPU-ms a frame (yours)')
    expect(text).toContain('decode_ms=11 CPU-ms a frame (measured)')
  })
  test('says the same as JSON', async () => {
    const { plan, assumptions } = JSON.parse(await said({ json: true }))
    expect(plan).toEqual(planCapacity(day, cpu, f))
    expect(assumptions).toEqual(f)
  })
  test.each([
    [{ gpu: 'rtx' }, '--gpu is cpu, T4, A10, L4 or H100'],
    [{ cores: '0' }, '--cores is a number from 1'],
    [{ picturesPerDay: 'many' }, '--pictures-per-day is a number'],
    [{ copied: '2' }, '--copied is a number from 0 to 1'],
    [{ assume: ['speed=9'] }, '--assume wants name=value'],
    [{ assume: ['decode_ms='] }, '--assume decode_ms is a number'],
    [{ assume: ['utilization=0'] }, '--assume utilization is a number from 0.01 to 1'],
  ])('%j is refused in one line', async (options, reason) => {
    await expect(said(options)).rejects.toThrow(reason)
  })
})
