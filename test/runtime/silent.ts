// A log and metrics that keep what they were told, for tests that ask.
import type { Log } from '#runtime/log.ts'

export interface KeptLog extends Log {
  readonly lines: { level: string; fields: Readonly<Record<string, unknown>>; message: string }[]
}

export function keptLog(): KeptLog {
  const lines: KeptLog['lines'] = []
  const level = (name: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level: name, fields, message })
  }
  return { lines, debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
}

export const noPumpMetrics = { handled: () => undefined, inFlight: () => undefined }
