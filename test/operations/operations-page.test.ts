// docs/operations.md says what the program does: its settings and defaults, a key file that is read, spans that are drawn.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readKeyFile } from '#gateway/pure/key-file.ts'
import { readSettings, SETTING_NAMES } from '#runtime/service/pure/read-settings.ts'
import { repository } from '#test/e2e/dev-process.ts'

const text = (path: string): string => readFileSync(join(repository, path), 'utf8')
const page = text('docs/operations.md')
const settings = [...page.matchAll(/^\| `(SYNTONYM_\w+)` \| (.+?) \|/gm)].map(([, name = '', said = '']) => ({
  name,
  said: said.replaceAll('`', ''),
}))

test('every setting stands on the page once, with the default that the program has', () => {
  expect(settings.map(({ name }) => name)).toEqual(SETTING_NAMES)
  const read = readSettings({ HOME: '/home/ann' }, {})
  const usual: Readonly<Record<string, unknown>> = read.verdict === 'ok' ? read.settings : {}
  const cluster = readSettings({ SYNTONYM_MODE: 'cluster' }, {})
  const missing = cluster.verdict === 'wrong' ? cluster.problems.join('\n') : ''
  for (const { name, said } of settings) {
    const value = usual[name]
    if (said === 'none') expect([name, value]).toEqual([name, undefined])
    else if (said === 'cluster') expect(missing).toContain(`${name} is missing`)
    else if (said === 'of the user') expect(String(value)).toContain('/home/ann')
    else expect([name, String(value)]).toEqual([name, said])
  }
})

test('the key file of the page is one that the gateway reads', () => {
  const [, json = ''] = /```json\n([\s\S]+?)```/.exec(page) ?? []
  expect(readKeyFile(json)).toMatchObject({ verdict: 'ok', accounts: [{ keys: { length: 2 } }] })
})

test('every span that the page names is drawn somewhere', () => {
  const [told = ''] = /- \*\*Traces\*\*[\s\S]+?(?=\n\n)/.exec(page) ?? []
  const names = [...told.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  const code = globSync('processors/**/*.ts', { cwd: repository }).map(text).join('\n')
  expect(names.length).toBeGreaterThan(8)
  for (const name of names) expect([name, code.includes(`'${name}'`)]).toEqual([name, true])
})

test('the image holds every page that a log line or /readyz sends somebody to', () => {
  const sources = globSync('{cli,gateway,processors}/**/*.ts', { cwd: repository }).map(text).join('\n')
  const named = new Set(sources.match(/docs\/[a-z-]+(?:\/[a-z-]+)*\.md/g))
  const dockerfile = text('Dockerfile')
  for (const path of named) {
    expect([path, existsSync(join(repository, path))]).toEqual([path, true])
    const copied =
      dockerfile.includes(`COPY ${dirname(path)} ${dirname(path)}\n`) || dockerfile.includes(` ${path} `)
    expect([path, copied]).toEqual([path, true])
  }
})

test('every link of the README and the pages leads to something that is there', () => {
  const pages = [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'models/README.md', 'charts/syntonym/README.md'],
    ...globSync('docs/**/*.md', { cwd: repository }),
  ]
  for (const path of pages)
    for (const [, target = ''] of text(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^(https?:|mailto:)/.test(target)) continue
      expect([path, target, existsSync(join(repository, dirname(path), target))]).toEqual([
        path,
        target,
        true,
      ])
    }
})
