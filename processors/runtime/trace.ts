// Spans around work, and W3C trace context in record headers; costs next to nothing while tracing is off.
import {
  type Attributes,
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

const NAME = 'syntonym'
const tracer = () => trace.getTracer(NAME)

/** Whether spans go anywhere; where they do not, none is made. */
function isTracing(): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined
}

/** Runs `work` in a span of its own below the one that is active. Attributes: ids and kinds, never names or coordinates. */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return isTracing() ? tracer().startActiveSpan(name, { attributes }, (span) => finished(span, work)) : work()
}

/** Spans one after the other below the span that is active now: each lasts until the next begins, the last until disposed of. */
export function stageSpans(attributes: Attributes): { begin(name: string): void } & Disposable {
  const parent = context.active()
  let span: Span | undefined
  return {
    begin(name) {
      span?.end()
      span = tracer().startSpan(name, { attributes }, parent)
    },
    [Symbol.dispose]: () => span?.end(),
  }
}

/** Passes items on, each `size` of them in a span of its own that says how many there were. Without items there is none. */
export async function* inSetSpans<T>(name: string, size: number, items: AsyncIterable<T>): AsyncGenerator<T> {
  const parent = context.active()
  const begin = (): Span => tracer().startSpan(name, {}, parent)
  let span = begin()
  let count = 0
  const end = (): void => {
    // A span that is not ended is never told.
    if (count > 0) span.setAttribute('syntonym.members', count).end()
    count = 0
  }
  try {
    for await (const item of items) {
      count++
      yield item
      if (count < size) continue
      end()
      span = begin()
    }
  } catch (error) {
    failSpan(span, error)
    count = Math.max(1, count)
    throw error
  } finally {
    end()
  }
}

/** The function, to be called elsewhere and yet below the span that is active now. */
export const withinTrace = <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) =>
  context.bind(context.active(), call)

/** `traceparent` of the active span; undefined where none is. */
export const traceParent = (): string | undefined => traceHeaders().traceparent

/** Says that the active span has to do with another trace, named by one of its spans. */
export function linkSpan(traceparent: string): void {
  const other = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }))
  if (other !== undefined) trace.getActiveSpan()?.addLink({ context: other })
}

/** Adds to the span that is active; nothing where none is. Attributes as in {@link inSpan}. */
export const describeSpan = (attributes: Attributes): void =>
  void trace.getActiveSpan()?.setAttributes(attributes)

/** Runs the handling of a record in a span that continues the trace of whoever wrote it. */
export function inRecordSpan<T>(
  record: { readonly topic: string; readonly headers: Readonly<Record<string, string>> },
  work: () => Promise<T>,
): Promise<T> {
  if (!isTracing()) return work()
  const parent = propagation.extract(context.active(), record.headers)
  const options = { kind: SpanKind.CONSUMER, attributes: { 'messaging.destination.name': record.topic } }
  return tracer().startActiveSpan(`handle ${record.topic}`, options, parent, (span) => finished(span, work))
}

/** `traceparent` of the active span; nothing where none is. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  propagation.inject(context.active(), headers)
  return headers
}

/** The id of the active trace, for logs; undefined where none is. */
export function traceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId
}

/** Opens the span of a request and runs `next` in it; the answer ends it. Undefined while tracing is off. */
export function openRequestSpan(
  request: { readonly method: string; readonly route: string; readonly headers: object },
  next: () => void,
): ((status: number) => void) | undefined {
  if (!isTracing()) {
    next()
    return undefined
  }
  const parent = propagation.extract(context.active(), request.headers)
  const attributes = { 'http.request.method': request.method, 'http.route': request.route }
  const name = `${request.method} ${request.route}`
  const span = tracer().startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
  context.with(trace.setSpan(parent, span), next)
  return (status) => {
    span.setAttribute('http.response.status_code', status)
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  }
}

async function finished<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    failSpan(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** The code only: a message may name what a file holds. */
function failSpan(span: Span, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unclassified'
  span.setStatus({ code: SpanStatusCode.ERROR, message: code })
}
