// Sends spans to an OTLP receiver where one is named; otherwise nothing is recorded and nothing is loaded twice.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions'
import { ConfigurationError } from '../configuration-error.ts'

export interface TracingOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT: the base address of an OTLP/HTTP receiver; undefined or empty: off. */
  readonly endpoint: string | undefined
  readonly room: string
  readonly version: string
}

const EXPORT_EVERY_MS = 1_000
/** A receiver that does not answer holds up no stop. */
const FLUSH_WITHIN_MS = 3_000

/**
 * Once for a process. Disposing sends what is left.
 * @throws {ConfigurationError} when the endpoint is no http address
 */
export function startTracing({ endpoint, room, version }: TracingOptions): AsyncDisposable {
  if (endpoint === undefined || endpoint.trim() === '') return { [Symbol.asyncDispose]: async () => {} }
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new ConfigurationError(
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an address that begins with http:// or https://.',
    )
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: FLUSH_WITHIN_MS })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: `syntonym-${room}`,
      [ATTR_SERVICE_VERSION]: version,
    }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: EXPORT_EVERY_MS })],
  })
  provider.register()
  return { [Symbol.asyncDispose]: () => provider.shutdown() }
}
