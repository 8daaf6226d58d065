// Proves that damaged and lying films end as a result with a stated loss or as an error with a code: no crash, no hang.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { isFailureCode } from '#schemas/failure-codes.ts'
import { hasSharedData, sharedData, skippedWithoutData } from './shared-data.ts'

const folder = mkdtempSync(join(tmpdir(), 'film-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly path: string
  readonly code: string
  readonly detail: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly seconds: number
}

const listed = hasSharedData
  ? readFileSync(join(sharedData, 'hostile/manifest.tsv'), 'utf8')
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([path]) => path?.startsWith('video/'))
      .map(([path = '', , expected = '']) => ({ path, expected }))
  : []

/** In a child, as in production: one that dies takes nothing with it but its own answer. */
async function runAll(paths: readonly string[]): Promise<Outcome[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(import.meta.dirname, 'run-hostile.ts'),
      folder,
      ...paths.map((path) => join(sharedData, 'hostile', path)),
    ],
    { maxBuffer: 1 << 24 },
  )
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe.skipIf(!hasSharedData)(
  `hostile films${hasSharedData ? '' : ` (${skippedWithoutData})`}`,
  async () => {
    const outcomes = hasSharedData ? await runAll(listed.map(({ path }) => path)) : []
    const outcomeOf = (path: string): Outcome | undefined => outcomes.find((each) => each.path.endsWith(path))

    test('none kills or hangs the process', () => {
      expect(outcomes).toHaveLength(listed.length)
      expect(Math.max(...outcomes.map(({ seconds }) => seconds))).toBeLessThan(20)
    })

    test.each(listed)('$path ends as $expected', ({ path, expected }) => {
      const outcome = outcomeOf(path)
      if (outcome?.code !== 'ok')
        expect([outcome?.code, isFailureCode(outcome?.code ?? '')]).toEqual([outcome?.code, true])
      expect(outcome?.code).not.toBe('INTERNAL')
      if (/^ok(?! or)/.test(expected)) expect(outcome?.code).toBe('ok')
      if (/^(error|reject)/.test(expected)) expect(outcome?.code).not.toBe('ok')
    })

    test('a file that ends early says what is missing', () => {
      expect(outcomeOf('faststart-cut-half.mp4')?.facts.seconds_missing).toBeGreaterThan(1)
    })

    test('a film that changes its size comes out in one size and says so', () => {
      expect(outcomeOf('res-change.ts')?.facts.frames_resized).toBeGreaterThan(0)
    })

    test('no message names a file', () => {
      for (const { detail, path } of outcomes)
        expect(detail).not.toContain(path.split('/').at(-1)?.split('.')[0] ?? '')
    })
  },
)
