// The AsyncAPI document of the docs against the published schema of AsyncAPI 3, fetched once into the user's cache.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { repository } from '#test/e2e/dev-process.ts'
import { installedOnce } from '#test/services/cache-folder.ts'
import { runProgram } from '#test/services/run-program.ts'

const VERSION = '6.11.1'

async function publishedSchema(): Promise<object> {
  const folder = await installedOnce(process.env, `asyncapi-specs-${VERSION}`, async (fresh) => {
    writeFileSync(join(fresh, 'package.json'), '{"private":true}')
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund']
    await runProgram('npm', ['install', ...quiet, `@asyncapi/specs@${VERSION}`], fresh)
  })
  const file = join(folder, 'node_modules', '@asyncapi', 'specs', 'schemas', '3.0.0.json')
  return JSON.parse(readFileSync(file, 'utf8'))
}

test('docs/asyncapi.json is a document of AsyncAPI 3', async () => {
  // The published schema brings its own copy of the schema of schemas.
  const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false })
  const check = ajv.compile(await publishedSchema())
  const document = JSON.parse(readFileSync(join(repository, 'docs', 'asyncapi.json'), 'utf8'))
  check(document)
  expect((check.errors ?? []).slice(0, 3)).toEqual([])
  expect(check({ ...document, channels: 'none' })).toBe(false)
  const [[name = '', channel] = []] = Object.entries(document.channels)
  expect(check({ ...document, channels: { [name]: { ...(channel as object), adress: 'x' } } })).toBe(false)
}, 120_000)
