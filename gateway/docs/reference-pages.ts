// Serves the reference: /openapi.json, /docs (Swagger UI) and /redoc, all from this machine.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { PAGE_POLICY } from '../http/security-headers.ts'
import { tidied } from './openapi-document.ts'

/** The one address that Redoc's bundle would fetch from elsewhere: its maker's logo. An empty picture stands in. */
const FOREIGN_LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg'
const NO_PICTURE = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Syntonym API</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"></head>
<body style="margin:0"><redoc spec-url="openapi.json"></redoc><script src="redoc.standalone.js"></script></body>
</html>
`

async function redocBundle(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js')
  return (await readFile(path, 'utf8')).replaceAll(FOREIGN_LOGO, NO_PICTURE)
}

/** The document as text, made once: the same bytes as the committed gateway/openapi.json. */
export function openApiText(server: FastifyInstance): string {
  return `${JSON.stringify(tidied(Object.fromEntries(Object.entries(server.swagger()))), null, 2)}\n`
}

/** Registers the pages. */
export async function servePages(server: FastifyInstance): Promise<void> {
  let text: string | undefined
  server.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    text ??= openApiText(server)
    return reply.type('application/json; charset=utf-8').send(text)
  })
  let bundle: string | undefined
  server.get('/redoc.standalone.js', { schema: { hide: true } }, async (_request, reply) => {
    bundle ??= await redocBundle()
    return reply.type('text/javascript; charset=utf-8').send(bundle)
  })
  server.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'))
  server.get('/redoc', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(REDOC_PAGE),
  )
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    // Without this the page asks a server on the internet whether the document is valid.
    uiConfig: { validatorUrl: null },
    transformSpecification: (document) => tidied(Object.fromEntries(Object.entries(document))),
    transformSpecificationClone: true,
  })
}
