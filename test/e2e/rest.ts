// Calls the REST API in tests: plain requests, and the usual way of a job from submission to its end.
import { isTerminal, type Status } from '#schemas/status.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came and asserts on it
  readonly body: any
  readonly headers: Headers
}

export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, url), {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    body: json && text !== '' ? JSON.parse(text) : text,
    headers: response.headers,
  }
}

export async function submit(
  url: string,
  filePath: string,
  modelConfig: object = {},
  model: 'blur' | 'syn' = 'blur',
): Promise<string> {
  const answer = await call(url, 'POST', '/process_file', {
    file_path: filePath,
    model,
    model_config: modelConfig,
  })
  if (answer.status !== 200)
    throw new Error(`submit answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body.job_id
}

/** Asks again until `check` is true. @throws when it has not become true in time. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  check: (value: T) => boolean,
  limitMs = 60_000,
): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const value = await ask()
    if (check(value)) return value
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs} ms, last: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export async function approve(url: string, jobId: string): Promise<void> {
  await until(
    'approve',
    () => call(url, 'POST', `/approve_job/${jobId}`),
    (answer) => answer.status === 200 || answer.status === 202,
  )
}

export async function waitForEnd(url: string, jobId: string, limitMs = 120_000): Promise<Status> {
  const end = await until(
    'end of job',
    () => call(url, 'GET', `/job_status/${jobId}`),
    (answer) => answer.status === 200 && isTerminal(answer.body.status),
    limitMs,
  )
  return end.body.status
}
