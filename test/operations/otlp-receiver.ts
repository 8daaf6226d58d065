// A small OTLP/HTTP receiver: takes what the exporter really sends (JSON) and answers as a collector does.
import { createServer } from 'node:http'

export interface ReceivedSpan {
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Traces that it has to do with. */
  readonly links: readonly string[]
}
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  /** Everything that came, as text. */
  text(): string
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
const plainValue = ({ value }: KeyValue): unknown => Object.values(value)[0]

// biome-ignore lint/suspicious/noExplicitAny: the OTLP JSON mapping, read as it comes
function spansOf(body: any): ReceivedSpan[] {
  // biome-ignore lint/suspicious/noExplicitAny: the OTLP JSON mapping, read as it comes
  return body.resourceSpans.flatMap((resource: any) => {
    const named = resource.resource.attributes.find(({ key }: KeyValue) => key === 'service.name')
    // biome-ignore lint/suspicious/noExplicitAny: the OTLP JSON mapping, read as it comes
    return resource.scopeSpans.flatMap((scope: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: the OTLP JSON mapping, read as it comes
      scope.spans.map((span: any) => ({
        service: String(plainValue(named)),
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        attributes: Object.fromEntries(
          (span.attributes ?? []).map((each: KeyValue) => [each.key, plainValue(each)]),
        ),
        links: (span.links ?? []).map((link: { traceId: string }) => link.traceId),
      })),
    )
  })
}

export async function openOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  let said = ''
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/json') {
      response.writeHead(400).end()
      return
    }
    said += text
    spans.push(...spansOf(JSON.parse(text)))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    text: () => said,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
