// Gives every vitest run a host for real servers; no server starts before a test file asks for one.
import type { TestProject } from 'vitest/node'
import { startServiceHost } from './start-host.ts'

declare module 'vitest' {
  interface ProvidedContext {
    servicesSocket: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const host = await startServiceHost()
  project.provide('servicesSocket', host.socket)
  return async () => {
    await host[Symbol.asyncDispose]()
  }
}
