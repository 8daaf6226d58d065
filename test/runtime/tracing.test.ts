import { expect, test } from 'vitest'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { startTracing } from '#runtime/service/tracing.ts'
import { inSpan, traceParent } from '#runtime/trace.ts'
import { openOtlpReceiver } from '#test/operations/otlp-receiver.ts'

const options = { room: 'gateway', version: '0.1.0' }
const seen = () => inSpan('work', {}, async () => traceParent())

test('without an endpoint nothing is recorded, and a record carries no trace', async () => {
  for (const endpoint of [undefined, '', ' ']) {
    await using _tracing = startTracing({ ...options, endpoint })
    expect(await seen()).toBeUndefined()
  }
})

test('an endpoint that is no http address is refused by name', () => {
  for (const endpoint of ['collector:4318', 'grpc://collector:4317', 'http://'])
    expect(() => startTracing({ ...options, endpoint })).toThrow(ConfigurationError)
})

test('with one, spans are sent under the room’s name, the last ones at the stop', async () => {
  await using otlp = await openOtlpReceiver()
  {
    await using _tracing = startTracing({ ...options, endpoint: `${otlp.url}/` })
    expect(await seen()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  }
  expect(otlp.spans.map(({ name, service }) => [name, service])).toEqual([['work', 'syntonym-gateway']])
})
