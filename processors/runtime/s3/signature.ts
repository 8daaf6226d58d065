// Signs requests to an S3 with AWS Signature Version 4; the key of a day is derived once. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac } from 'node:crypto'

export interface SigningKey {
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
}
export interface Unsigned {
  readonly method: string
  /** Already encoded, see {@link encodedPath}. */
  readonly path: string
  /** All are signed. Names in lower case, `host` among them. */
  readonly headers: Readonly<Record<string, string>>
  /** Of the body, lower-case hex. */
  readonly sha256: string
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** `/bucket/key` with every byte escaped that the signature wants escaped. */
export const encodedPath = (bucket: string, key: string): string =>
  `/${bucket}/${key}`.split('/').map(escaped).join('/')

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/** A function that gives the request's headers with the signature among them; `nowMs` since 1970, UTC. */
export function signer({ accessKey, secretKey, region }: SigningKey) {
  let ofDay: { readonly day: string; readonly key: Buffer } | undefined
  const keyOf = (day: string): Buffer => {
    if (ofDay?.day !== day)
      ofDay = {
        day,
        key: [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretKey}`, day)),
      }
    return ofDay.key
  }
  return (request: Unsigned, nowMs: number): Record<string, string> => {
    const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const day = time.slice(0, 8)
    const headers: Record<string, string> = {
      ...request.headers,
      'x-amz-content-sha256': request.sha256,
      'x-amz-date': time,
    }
    const names = Object.keys(headers).sort()
    const rows = names.map((name) => `${name}:${headers[name]}\n`).join('')
    const signed = names.join(';')
    const asked = `${request.method}\n${request.path}\n\n${rows}\n${signed}\n${request.sha256}`
    const scope = `${day}/${region}/s3/aws4_request`
    const digest = createHash('sha256').update(asked).digest('hex')
    const signature = hmac(keyOf(day), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).toString('hex')
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope},SignedHeaders=${signed},Signature=${signature}`
    return headers
  }
}
