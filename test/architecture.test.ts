import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { breaches, type SourceFile } from '#test/architecture/rules.ts'

const root = posix.join(import.meta.dirname, '..')
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
const files: SourceFile[] = listed
  .trim()
  .split('\n')
  .flatMap((path) => {
    try {
      return [{ path, text: readFileSync(posix.join(root, path), 'utf8') }]
    } catch {
      return [] // deleted in the working tree, still in the index
    }
  })

test('no file breaks the import table, the purity of pure files, or the rules of names and sizes', () => {
  expect(breaches(files)).toEqual([])
})

describe('each rule catches the breach it is there for', () => {
  const first = '// Says one thing.\n'
  const cases: [string, SourceFile, string][] = [
    [
      'a room imports another room',
      { path: 'gateway/a.ts', text: `${first}import { x } from '#extractor/b.ts'\n` },
      'import',
    ],
    [
      'a room reaches another by a relative path',
      { path: 'gateway/a.ts', text: `${first}import { x } from '../processors/extractor/b.ts'\n` },
      'import',
    ],
    [
      'the runtime knows the schemas',
      { path: 'processors/runtime/a.ts', text: `${first}import { x } from '#schemas/b.ts'\n` },
      'import',
    ],
    [
      'the schemas import a client',
      { path: 'schemas/a.ts', text: `${first}import x from 'kafkajs'\n` },
      'import',
    ],
    [
      'the schemas import the runtime',
      { path: 'schemas/a.ts', text: `${first}import { x } from '#runtime/b.ts'\n` },
      'import',
    ],
    [
      'a pure file opens files',
      { path: 'gateway/pure/a.ts', text: `${first}import { readFileSync } from 'node:fs'\n` },
      'pure',
    ],
    [
      'a pure file imports a file that is not pure',
      { path: 'gateway/pure/a.ts', text: `${first}import { x } from '../b.ts'\n` },
      'pure',
    ],
    [
      'a pure file looks at the clock',
      { path: 'gateway/pure/a.ts', text: `${first}export const t = () => Date.now()\n` },
      'pure',
    ],
    [
      'a pure file throws dice',
      { path: 'gateway/pure/a.ts', text: `${first}export const r = () => Math.random()\n` },
      'pure',
    ],
    [
      'a file that is no main reads the environment',
      { path: 'gateway/a.ts', text: `${first}export const e = process.env\n` },
      'environment',
    ],
    ['somebody imports a main', { path: 'cli/a.ts', text: `${first}import '#gateway/main.ts'\n` }, 'main'],
    ['a file is a default export', { path: 'gateway/a.ts', text: `${first}export default 1\n` }, 'default'],
    ['a file is a drawer', { path: 'gateway/utils.ts', text: first }, 'name'],
    [
      'a file does not say what it promises',
      { path: 'gateway/a.ts', text: 'export const a = 1\n' },
      'opening',
    ],
    ['a file is too long', { path: 'gateway/a.ts', text: first + 'export {}\n'.repeat(301) }, 'length'],
    ['a test stands alone', { path: 'test/a.test.ts', text: "test.only('x', () => {})\n" }, 'alone'],
  ]
  for (const [name, file, rule] of cases) {
    test(name, () => expect(breaches([file]).map((breach) => breach.rule)).toContain(rule))
  }

  test('files import each other in a circle, told once with the way round', () => {
    const importing = (path: string, from: string) => ({
      path,
      text: `${first}import type { X } from '${from}'\n`,
    })
    const circle = [
      importing('gateway/a.ts', './b.ts'),
      importing('gateway/b.ts', '#gateway/c.ts'),
      importing('gateway/c.ts', './a.ts'),
      importing('gateway/outside.ts', './b.ts'),
    ]
    expect(breaches(circle)).toEqual([
      {
        path: 'gateway/a.ts',
        rule: 'circle',
        detail: 'gateway/a.ts -> gateway/b.ts -> gateway/c.ts -> gateway/a.ts',
      },
    ])
    expect(breaches(circle.slice(1))).toEqual([])
  })
})
