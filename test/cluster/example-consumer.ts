// Runs the example of the docs as its own process, and collects the lines it prints.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanEnvironment, repository } from '#test/e2e/dev-process.ts'
import type { ClusterServers } from './cluster-servers.ts'

export interface EndedTask {
  readonly type: string
  readonly job: string
  readonly task: string
}

export function startExampleConsumer(servers: ClusterServers): { lines: EndedTask[] } & AsyncDisposable {
  const child = spawn(process.execPath, [join(repository, 'docs', 'examples', 'consumer.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...cleanEnvironment(), BROKERS: servers.brokers.join(','), REGISTRY: servers.registryUrl },
  })
  const ended = once(child, 'exit')
  const lines: EndedTask[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  return {
    lines,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
