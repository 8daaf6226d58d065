// Gets and puts one object by one signed request each: what every task does, at a tenth of what a general client costs.
import {
  type Agent as HttpAgent,
  type IncomingMessage,
  request as overHttp,
  type RequestOptions,
} from 'node:http'
import { request as overHttps } from 'node:https'
import { S3Refusal } from './s3-refusal.ts'
import { encodedPath, type SigningKey, signer } from './signature.ts'

export interface ObjectRequests {
  /** The answer once its head is there; its body is the object's bytes. @throws {S3Refusal} */
  get(key: string): Promise<IncomingMessage>
  /** `sha256` is the body's, lower-case hex; a server that got another one refuses it. @throws {S3Refusal} */
  put(key: string, body: Buffer, sha256: string): Promise<void>
}

export interface ObjectRequestsOptions extends SigningKey {
  /** http[s]://host[:port] */
  readonly endpoint: URL
  readonly agent: HttpAgent
  readonly now: () => number
}

const NO_BODY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** What a refusal says is short; a server that talks on is cut off. */
const REFUSAL_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

interface Ask {
  readonly method: 'GET' | 'PUT'
  readonly key: string
  readonly body: Buffer
  readonly sha256: string
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer) {
    text += chunk
    if (text.length > REFUSAL_BYTES) break
  }
  return text
}

/** A kept connection that the server closed as we wrote on it: the request was not heard. */
const wasStale = (sending: { readonly reusedSocket: boolean }, error: Error & { code?: string }): boolean =>
  sending.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

/** Requests on a bucket; each is sent once more where a kept connection turned out to be closed. */
export function objectRequests(options: ObjectRequestsOptions, bucket: string): ObjectRequests {
  const { endpoint, agent, now } = options
  const sign = signer(options)
  const send = endpoint.protocol === 'https:' ? overHttps : overHttp
  const place: RequestOptions = {
    agent,
    hostname: endpoint.hostname.replace(/^\[|\]$/g, ''),
    ...(endpoint.port === '' ? {} : { port: Number(endpoint.port) }),
  }

  function answerTo(ask: Ask, tries: number): Promise<IncomingMessage> {
    const path = encodedPath(bucket, ask.key)
    const own: Record<string, string> = { host: endpoint.host }
    if (ask.method === 'PUT') own['content-length'] = String(ask.body.length)
    const headers = sign({ method: ask.method, path, headers: own, sha256: ask.sha256 }, now())
    return new Promise((resolve, reject) => {
      const sending = send({ ...place, method: ask.method, path, headers })
      sending.once('response', resolve)
      sending.once('error', (error) => {
        if (tries > 1 && wasStale(sending, error)) answerTo(ask, tries - 1).then(resolve, reject)
        else reject(error)
      })
      sending.end(ask.body)
    })
  }

  async function granted(ask: Ask): Promise<IncomingMessage> {
    const answer = await answerTo(ask, 2)
    if (answer.statusCode === 200) return answer
    throw new S3Refusal(answer.statusCode ?? 0, await textOf(answer))
  }

  return {
    get: (key) => granted({ method: 'GET', key, body: NOTHING, sha256: NO_BODY }),
    async put(key, body, sha256) {
      const answer = await granted({ method: 'PUT', key, body, sha256 })
      // The connection is free for the next request when the answer was read to its end.
      for await (const _ of answer);
    },
  }
}
