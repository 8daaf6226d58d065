// Sends a stored file, or the part of it that was asked for, as a download that a browser saves and never shows.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayParts } from '../gateway-parts.ts'
import { inTime } from '../in-time.ts'
import { byteRange } from '../pure/byte-range.ts'
import { contentDisposition } from '../pure/download-name.ts'
import { Refusal } from './refusal.ts'

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.bmp': 'image/bmp',
  '.mp4': 'video/mp4',
  '.mov': 'video/quicktime',
  '.mkv': 'video/x-matroska',
  '.webm': 'video/webm',
  '.avi': 'video/x-msvideo',
  '.ts': 'video/mp2t',
  '.mts': 'video/mp2t',
  '.zip': 'application/zip',
  '.7z': 'application/x-7z-compressed',
  '.json': 'application/json',
}

export interface StoredDownload {
  readonly key: string
  readonly extension: string
  /** Made by `downloadName`. */
  readonly fileName: string
  /** Lower-case hex, where it is known. */
  readonly sha256: string | undefined
}

/** A strong validator (RFC 9110, section 8.8.3): results never change under their name. */
const tagOf = ({ sha256 }: StoredDownload): string | undefined =>
  sha256 === undefined ? undefined : `"${sha256}"`

/** A range only counts for the version that the client has begun with. */
function askedRange(request: FastifyRequest, tag: string | undefined): string | undefined {
  const condition = request.headers['if-range']
  return condition === undefined || condition === tag ? request.headers.range : undefined
}

/**
 * @throws {Refusal} 416 for a range behind the end.
 * @throws {PermanentFailure} OBJECT_MISSING
 */
export async function sendObject(
  parts: Pick<GatewayParts, 'objects' | 'limits'>,
  file: StoredDownload,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const limitMs = parts.limits.answerWithinMs
  const facts = await inTime(limitMs, parts.objects.stat(file.key))
  if (facts === undefined) throw new Refusal(404, 'The stored file is gone', { code: 'OBJECT_MISSING' })
  const tag = tagOf(file)
  const range = byteRange(askedRange(request, tag), facts.bytes)
  if (range.serve === 'none') {
    const headers = { 'content-range': `bytes */${facts.bytes}` }
    throw new Refusal(416, 'The range lies behind the end of the file', {
      code: 'RANGE_NOT_SATISFIABLE',
      headers,
    })
  }
  const part = range.serve === 'part' ? { start: range.start, end: range.end } : undefined
  const bytes = part === undefined ? facts.bytes : part.end - part.start
  reply.headers({
    'content-type': MEDIA_TYPES[file.extension] ?? 'application/octet-stream',
    'content-disposition': contentDisposition(file.fileName),
    'content-length': bytes,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    ...(tag === undefined ? {} : { etag: tag }),
    ...(part === undefined ? {} : { 'content-range': `bytes ${part.start}-${part.end - 1}/${facts.bytes}` }),
  })
  reply.code(part === undefined ? 200 : 206)
  if (request.method === 'HEAD') return reply.send()
  return reply.send(await inTime(limitMs, parts.objects.read(file.key, part)))
}
