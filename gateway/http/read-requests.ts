// Reads request bodies and checks every part of a request against its schema, with errors in FastAPI's form.
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { requestIssues } from '../pure/validation-issues.ts'
import { InvalidRequest } from './refusal.ts'

/** What FastAPI calls the parts of a request. */
const PARTS: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
}

/** Checks a part of a request; its defaults are filled in. */
export const checkPart: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const given = httpPart === 'body' && data === undefined ? null : data
    const read = schema.safeParse(given)
    if (read.success) return { value: read.data }
    if (given === null) {
      const issue = { loc: ['body'], msg: 'The request needs a JSON body', type: 'missing' }
      return { error: new InvalidRequest([issue]) }
    }
    const part = PARTS[httpPart ?? ''] ?? 'body'
    return { error: new InvalidRequest(requestIssues(part, read.error, data)) }
  }

/** Bodies are JSON; an empty one is none. */
export function readJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      const issue = { loc: ['body'], msg: 'The body is not valid JSON', type: 'json_invalid' }
      done(new InvalidRequest([issue]), undefined)
    }
  })
}

/** Routes that take nothing from a body let any body pass, unread, whatever it calls itself. */
export function ignoreBodies(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    delete request.raw.headers['content-type']
    done()
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
}
