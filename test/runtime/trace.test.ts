import { context, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  inRecordSpan,
  inSetSpans,
  inSpan,
  linkSpan,
  stageSpans,
  traceParent,
  withinTrace,
} from '#runtime/trace.ts'

const told = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(told)] })
beforeAll(() => provider.register())
beforeEach(() => told.reset())
afterAll(async () => {
  await provider.shutdown()
  trace.disable()
  context.disable()
})

const spans = () => told.getFinishedSpans()
const named = (name: string) => spans().filter((span) => span.name === name)
async function* upTo(count: number, failsAt = Number.POSITIVE_INFINITY) {
  for (let i = 0; i < count; i++) {
    if (i === failsAt)
      throw Object.assign(new Error('secret.jpg cannot be read'), { code: 'MEDIA_UNREADABLE' })
    yield i
  }
}
async function taken(items: AsyncIterable<number>) {
  const all: number[] = []
  for await (const item of items) all.push(item)
  return all
}

test('members go by in sets, each in a span below the one that is active, the last one with what is left', async () => {
  await inSpan('job', {}, async () => {
    expect(await taken(inSetSpans('members', 100, upTo(230)))).toHaveLength(230)
  })
  expect(named('members').map(({ attributes }) => attributes['syntonym.members'])).toEqual([100, 100, 30])
  const [job] = named('job')
  for (const span of named('members')) expect(span.parentSpanContext?.spanId).toBe(job?.spanContext().spanId)
})

test('no member, or none after a full set, is no span', async () => {
  await inSpan('job', {}, () => taken(inSetSpans('members', 100, upTo(0))))
  expect(named('members')).toEqual([])
  await inSpan('job', {}, () => taken(inSetSpans('members', 100, upTo(200))))
  expect(named('members')).toHaveLength(2)
})

test('a set that fails says its code and nothing of the message', async () => {
  const failing = inSpan('job', {}, () => taken(inSetSpans('members', 100, upTo(9, 3))))
  await expect(failing).rejects.toThrow('secret')
  expect(named('members').map(({ status }) => status.message)).toEqual(['MEDIA_UNREADABLE'])
  expect(JSON.stringify(spans().map(({ status, events }) => [status, events]))).not.toContain('secret')
})

test('stages follow each other below the span in which they were opened, also when they are told of from outside', async () => {
  let tell = (_: string): void => {}
  await inSpan('hide', {}, async () => {
    using stages = stageSpans({ 'syntonym.kind': 'picture' })
    tell = stages.begin
    await new Promise<void>((resolve) => {
      context.with(trace.deleteSpan(context.active()), () => {
        tell('detect')
        tell('render')
        resolve()
      })
    })
  })
  const [hide] = named('hide')
  const stages = spans().filter(({ name }) => name !== 'hide')
  expect(stages.map(({ name }) => name)).toEqual(['detect', 'render'])
  for (const stage of stages) expect(stage.parentSpanContext?.spanId).toBe(hide?.spanContext().spanId)
})

test('a span links to another trace by its traceparent, and what is none is left alone', async () => {
  let submitted: string | undefined
  await inSpan('submit', {}, async () => {
    submitted = traceParent()
  })
  await inSpan('approve', {}, async () => {
    linkSpan(submitted ?? '')
    linkSpan('not a traceparent')
  })
  const [submit, approve] = [named('submit')[0], named('approve')[0]]
  expect(approve?.links.map(({ context: linked }) => linked.traceId)).toEqual([submit?.spanContext().traceId])
  expect(approve?.spanContext().traceId).not.toBe(submit?.spanContext().traceId)
})

test('a record continues the trace in its headers, and what is called later from elsewhere stays in it', async () => {
  let headers: Record<string, string> = {}
  await inSpan('submit', {}, async () => {
    headers = { traceparent: traceParent() ?? '' }
  })
  let later = (): string | undefined => undefined
  await inRecordSpan({ topic: 'syntonym.jobs.v1', headers }, async () => {
    later = withinTrace(traceParent)
  })
  const [submit, handle] = [named('submit')[0], named('handle syntonym.jobs.v1')[0]]
  expect(handle?.spanContext().traceId).toBe(submit?.spanContext().traceId)
  expect(traceParent()).toBeUndefined()
  expect(later()).toContain(handle?.spanContext().spanId)
})
