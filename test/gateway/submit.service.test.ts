import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningGateway } from '#gateway/start-gateway.ts'
import { call } from '../e2e/rest.ts'
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts'

let world: GatewayWorld
let gateway: RunningGateway
beforeAll(async () => {
  world = await openGatewayWorld()
  gateway = await world.start()
})
afterAll(() => world[Symbol.asyncDispose]())

const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  call(gateway.address, 'POST', path, body, headers)
const picture = { file_path: '/syntonym/jobs/a.jpg', model_config: {} }

describe('a submission', () => {
  test('of a single file is answered with every field of the contract and its task at once', async () => {
    const answer = await post('/process_file', picture)
    console.log(answer)
    expect(answer.status).toBe(200)
  })
})
