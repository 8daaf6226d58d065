// Answers paths that do not exist, and methods that a path does not have, with the list of those that it has.
import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

const patternOf = (url: string): RegExp => {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/:[A-Za-z_]+/g, '[^/]+').replace(/\*/g, '.*')}$`)
}

/** Must be called before the routes are registered. */
export function answerUnknownRoutes(server: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  server.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
    for (const one of [method].flat()) route.methods.add(one)
    routes.set(url, route)
  })
  server.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = [...routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => [...route.methods])
    if (methods.length === 0) throw new Refusal(404, 'Not Found')
    const headers = { allow: [...new Set(methods)].sort().join(', ') }
    throw new Refusal(405, 'Method Not Allowed', { code: 'METHOD_NOT_ALLOWED', headers })
  })
}
