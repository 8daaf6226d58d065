import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { call } from '../e2e/rest.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'
import { answerChecker, type OpenApi } from './openapi-checks.ts'

let world: GatewayWorld
let gateway: RunningGateway
let document: OpenApi
beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start()
  document = (await call(gateway.address, 'GET', '/openapi.json')).body
})
afterAll(() => world[Symbol.asyncDispose]())

test('the committed gateway/openapi.json is what the service serves (vitest -u writes it anew)', async () => {
  const answer = await fetch(new URL('/openapi.json', gateway.address))
  await expect(await answer.text()).toMatchFileSnapshot('../../gateway/openapi.json')
})

test('every operation has a name of its own, a summary, and a described answer for every status', () => {
  const ids = new Set<string>()
  for (const item of Object.values(document.paths))
    for (const operation of Object.values(item)) {
      expect(ids.has(operation.operationId)).toBe(false)
      ids.add(operation.operationId)
      expect(operation.summary).toMatch(/\w/)
      for (const response of Object.values(operation.responses)) {
        expect(response.description).not.toBe('Default Response')
        expect(response.headers).toHaveProperty('X-Request-Id')
      }
      for (const status of ['429', '503'])
        expect(operation.responses[status]?.headers).toHaveProperty('Retry-After')
    }
  for (const id of [
    'process_file',
    'process_video',
    'process_image',
    'job_status',
    'task_status',
    'cancel_job',
    'cancel_task',
    'delete_job',
    'approve_job',
  ])
    expect(ids.has(id)).toBe(true)
})

test('every schema of the reference has an example, and the example is what the schema says', () => {
  const { validate } = answerChecker(document)
  const schemas = Object.entries(document.components.schemas)
  expect(schemas.length).toBeGreaterThan(15)
  for (const [name, schema] of schemas) {
    expect([name, Array.isArray(schema.examples) && schema.examples.length > 0]).toEqual([name, true])
    for (const example of schema.examples ?? []) expect([name, validate(name, example)]).toEqual([name, []])
  }
})

describe('the reference pages', () => {
  test('come from this machine alone: nothing in them is fetched from elsewhere', async () => {
    const sameOrigin = /(?:src|href)="(?!https?:|\/\/)[^"]*"/g
    for (const path of ['/docs', '/redoc']) {
      const { body, headers } = await call(gateway.address, 'GET', path)
      expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
      for (const [found] of body.matchAll(sameOrigin)) {
        const target = found.slice(found.indexOf('"') + 1, -1)
        if (!target.startsWith('data:'))
          expect((await fetch(new URL(target, `${gateway.address}${path}`))).status).toBe(200)
      }
    }
    const { body: bundle } = await call(gateway.address, 'GET', '/redoc.standalone.js')
    expect(bundle).not.toContain('cdn.redoc.ly')
    expect((await call(gateway.address, 'GET', '/docs/static/swagger-initializer.js')).body).toContain(
      '"validatorUrl":null',
    )
  })

  test('are reached from the root', async () => {
    expect((await call(gateway.address, 'GET', '/')).headers.get('location')).toBe('/docs')
  })
})

test('every code that the gateway answers with is in the reference', async () => {
  const { description } = document.info
  const { globSync } = await import('node:fs')
  for (const path of globSync('gateway/**/*.ts')) {
    const text = await readFile(path, 'utf8')
    for (const [, code] of text.matchAll(/code: '([A-Z][A-Z_]+)'/g))
      expect([path, description.includes(`\`${code}\``)]).toEqual([path, true])
    for (const [, code] of text.matchAll(/TransientFailure\(\s*'([A-Z][A-Z_]+)'/g))
      expect([path, description.includes(`\`${code}\``)]).toEqual([path, true])
  }
})
