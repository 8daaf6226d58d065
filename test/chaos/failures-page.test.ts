// Every row of docs/failures.md names tests that exist, and codes that the program knows.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '#test/e2e/dev-process.ts'

const rows = readFileSync(join(repository, 'docs', 'failures.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what') && !line.startsWith('| ---'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
const marked = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? '')

test('every failure of the page is held by a test that is there', () => {
  expect(rows.length).toBeGreaterThan(15)
  for (const [what, , , held] of rows) {
    const files = marked(held).filter((text) => text.startsWith('test/'))
    expect([what, files.length > 0]).toEqual([what, true])
    for (const file of files) expect([file, existsSync(join(repository, file))]).toEqual([file, true])
  }
})

test('every code of the page is one that the program gives', () => {
  const sources = globSync('{processors,gateway,schemas}/**/*.ts', { cwd: repository })
    .map((path) => readFileSync(join(repository, path), 'utf8'))
    .join('\n')
  const codes = rows.flatMap(([, , code]) => marked(code))
  expect(codes.length).toBeGreaterThan(8)
  for (const code of codes)
    expect([code, sources.includes(`'${code}'`) || sources.includes(`${code}:`)]).toEqual([code, true])
})
