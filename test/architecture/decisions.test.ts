// Proves that every decision has a number of its own, that its title says so, and that no page names one that is not there.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const names = readdirSync(join(root, 'docs', 'decisions')).filter((name) => name.endsWith('.md'))
const numberOf = (name: string): string => name.slice(0, 4)

test('two decisions do not have one number', () => {
  const numbers = names.map(numberOf)
  expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([])
})

test.each(names)('%s says its number in its title', (name) => {
  const title = readFileSync(join(root, 'docs', 'decisions', name), 'utf8').split('\n')[0]
  expect(title).toMatch(new RegExp(`^# ${Number(numberOf(name))}\\. `))
})

test('pages and sources name decisions that are there', () => {
  const listed = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.yaml'], { cwd: root, encoding: 'utf8' })
  const known = new Set(names.map(numberOf))
  const unknown = listed
    .trim()
    .split('\n')
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return [...text.matchAll(/decisions\/(\d{4})/g)]
        .filter((match) => !known.has(match[1] ?? ''))
        .map((match) => `${path}: ${match[1]}`)
    })
  expect(unknown).toEqual([])
})
