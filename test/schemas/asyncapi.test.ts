import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VERSION } from '#cli/version.ts'
import { asyncApiDocument } from '#schemas/asyncapi-document.ts'
import { TOPICS } from '#schemas/topics.ts'
import { repository } from '#test/e2e/dev-process.ts'

const written = () => JSON.parse(readFileSync(join(repository, 'docs', 'asyncapi.json'), 'utf8'))

test('docs/asyncapi.json says what the schemas say (npm test -- test/schemas -u writes it anew)', async () => {
  const text = `${JSON.stringify(asyncApiDocument(VERSION), null, 2)}\n`
  await expect(text).toMatchFileSnapshot(join(repository, 'docs', 'asyncapi.json'))
})

test('every topic is in it with its partitions and its events', () => {
  const { channels } = written()
  for (const topic of TOPICS) {
    const channel = channels[topic.name.replaceAll(/[.-]/g, '_')]
    expect(channel.bindings.kafka.partitions).toBe(topic.partitions)
    for (const event of topic.events) expect(JSON.stringify(channel.messages)).toContain(`"name":"${event}"`)
  }
})
