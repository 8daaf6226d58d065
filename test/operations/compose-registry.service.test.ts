// The registry as docker-compose.yml sets it up, beside a real Kafka: its schemas and their numbers outlive a `kill -9`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { repository } from '#test/e2e/dev-process.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'
import { freePorts } from '../services/free-ports.ts'
import { startMember } from '../services/servers/member.ts'
import { installRegistry, registryJar } from '../services/servers/registry.ts'
import { withServices } from '../services/with-services.ts'

const compose = parse(readFileSync(join(repository, 'docker-compose.yml'), 'utf8'), { merge: true })

await withServices(['kafka'], ({ kafka }) => {
  test('the registry of Compose knows its schemas by the same numbers after it was killed', async () => {
    await using folder = await temporaryFolder()
    const home = await installRegistry({ environment: process.env, folder: folder.path, say: console.log })
    const [port] = await freePorts(1)
    const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
    const { member, ready } = startMember({
      ...{ name: 'registry', program: 'java', folder: folder.path, timeoutMs: 180_000 },
      args: [
        ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dquarkus.http.host=127.0.0.1'],
        ...[`-Dquarkus.http.port=${port}`, '-jar', registryJar(home)],
      ],
      environment: {
        ...compose.services.registry.environment,
        APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: kafka.addresses.brokers.join(','),
      },
      isReady: async () => (await fetch(`${url}/subjects`)).ok,
    })
    try {
      await ready
      const register = async (name: string): Promise<number> => {
        const schema = JSON.stringify({ type: 'record', name, fields: [] })
        const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
        const to = `${url}/subjects/${name}/versions`
        const answer = await fetch(to, { method: 'POST', headers, body: JSON.stringify({ schema }) })
        return ((await answer.json()) as { id: number }).id
      }
      const before = [await register('first'), await register('second')]
      await member.restart()
      expect([await register('first'), await register('second')]).toEqual(before)
      const stored = await (await fetch(`${url}/schemas/ids/${before[1]}`)).text()
      expect(stored).toContain('second')
    } finally {
      await member.kill()
    }
  }, 300_000)
})
