import { expect, test } from 'vitest'
import { openGatewayWorld } from './gateway-world.ts'

test('the committed gateway/openapi.json is what the service serves', async () => {
  await using world = await openGatewayWorld()
  const gateway = await world.start()
  const answer = await fetch(new URL('/openapi.json', gateway.address))
  expect(answer.status).toBe(200)
  await expect(await answer.text()).toMatchFileSnapshot('../../gateway/openapi.json')
})
