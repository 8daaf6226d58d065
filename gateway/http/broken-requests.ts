// Answers what is not HTTP at all, before any route could: a short refusal in the usual form, then the line is closed.
import type { Socket } from 'node:net'
import type { Random } from '#runtime/clock.ts'

const STATUS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers of the request are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time'],
}
const BROKEN = [400, 'Bad Request', 'The request is not valid HTTP'] as const

export const answerBrokenRequests =
  (random: Random) =>
  (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const [status, phrase, detail] = STATUS[error.code ?? ''] ?? BROKEN
    const body = JSON.stringify({ detail, code: 'REQUEST_INVALID' })
    const head = [
      `HTTP/1.1 ${status} ${phrase}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Content-Type: application/json; charset=utf-8',
      `X-Request-Id: ${random.uuid()}`,
      'Connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
