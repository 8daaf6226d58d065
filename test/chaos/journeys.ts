// Clients that hand in files, approve, cancel and delete through whichever gateway answers, and write down what they were told.
import { setTimeout as sleep } from 'node:timers/promises'
import { isTerminal } from '#schemas/status.ts'
import { type Answer, call } from '#test/e2e/rest.ts'
import type { Acknowledged } from './promises.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface Clients {
  readonly acknowledged: readonly Acknowledged[]
  /** Answers that broke a promise by themselves. */
  readonly broken: readonly string[]
  readonly heard: Heard
  /** One client from now on, until `stop`; rejects when a job does not come to its end. */
  join(name: string): Promise<void>
  /** One job from its submission to its end; answers its id. */
  journey(name: string, plan: JourneyPlan): Promise<string>
  /** No new jobs: those under way go on to their end. */
  stop(): void
}

export interface Heard {
  answers: number
  unavailable: number
  /** Calls that no gateway answered: it was killed or had not started. */
  unanswered: number
  slowestMs: number
}

export interface JourneyPlan {
  readonly file: string
  readonly cancelAfterMs?: number | undefined
  readonly deleteAtEnd?: boolean
}

export interface ClientOptions {
  readonly random: SeededRandom
  readonly gateways: readonly string[]
  readonly files: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** How long a job may take, faults included. */
  readonly endWithinMs: number
}

const ANSWER_WITHIN_MS = 10_000
const AGAIN_AFTER_MS = 250
/** Longer than an answer may take, so that a late one is seen as what it is. */
const GIVE_UP_MS = 20_000

export function startClients(options: ClientOptions): Clients {
  const { random, gateways, files, endWithinMs } = options
  const acknowledged: Acknowledged[] = []
  const broken: string[] = []
  const heard: Heard = { answers: 0, unavailable: 0, unanswered: 0, slowestMs: 0 }
  let stopped = false

  async function once(gateway: string, method: string, path: string, body: unknown, headers: object) {
    const started = performance.now()
    const late = sleep(GIVE_UP_MS, undefined, { ref: false })
    const answer = await Promise.race([
      call(gateway, method, path, body, { ...options.headers, ...headers }).catch(() => undefined),
      late,
    ])
    const tookMs = performance.now() - started
    if (answer === undefined && tookMs < ANSWER_WITHIN_MS) {
      heard.unanswered += 1
      return undefined
    }
    heard.slowestMs = Math.max(heard.slowestMs, tookMs)
    if (tookMs > ANSWER_WITHIN_MS) broken.push(`${method} ${path} took ${Math.round(tookMs)} ms`)
    return answer
  }

  /** Asks one gateway after the other until one says something else than 503. */
  async function ask(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> {
    for (let turn = random.between(0, 1); ; turn += 1) {
      const answer = await once(gateways[turn % gateways.length] ?? '', method, path, body, headers)
      if (answer !== undefined) {
        heard.answers += 1
        if (answer.status < 500) return answer
        heard.unavailable += 1
        const wait = Number(answer.headers.get('retry-after'))
        if (answer.status !== 503) broken.push(`${method} ${path} answered ${answer.status}`)
        else if (!(wait > 0)) broken.push(`${method} ${path} answered 503 without Retry-After`)
      }
      await sleep(AGAIN_AFTER_MS)
    }
  }

  async function untilStatus(
    jobId: string,
    method: string,
    path: string,
    wanted: readonly number[],
    patient: readonly number[],
  ): Promise<number> {
    const until = Date.now() + endWithinMs
    for (;;) {
      const { status, body } = await ask(method, `/${path}/${jobId}`)
      if (wanted.includes(status)) return status
      if (!patient.includes(status) || Date.now() > until)
        throw new Error(`${path} of ${jobId} answered ${status}: ${JSON.stringify(body)}`)
      await sleep(AGAIN_AFTER_MS)
    }
  }

  async function submit(name: string, file: string): Promise<string> {
    const body = { file_path: file, model: 'blur', model_config: {} }
    const key = { 'idempotency-key': name }
    const first = await ask('POST', '/process_file', body, key)
    if (first.status !== 200)
      throw new Error(`submit answered ${first.status}: ${JSON.stringify(first.body)}`)
    const jobId = String(first.body.job_id)
    acknowledged.push({ jobId, what: 'submitted', input: file })
    if (random.next() < 0.2) {
      const again = await ask('POST', '/process_file', body, key)
      if (again.body.job_id !== jobId) broken.push(`${name} was submitted again as another job`)
    }
    return jobId
  }

  async function untilEnd(jobId: string): Promise<void> {
    const until = Date.now() + endWithinMs
    for (;;) {
      const { status, body } = await ask('GET', `/job_status/${jobId}`)
      if (status !== 200) throw new Error(`the status of ${jobId} answered ${status}`)
      if (isTerminal(body.status)) return
      if (Date.now() > until) throw new Error(`${jobId} did not end: ${JSON.stringify(body)}`)
      await sleep(AGAIN_AFTER_MS)
    }
  }

  async function journey(name: string, { file, cancelAfterMs, deleteAtEnd }: JourneyPlan): Promise<string> {
    const jobId = await submit(name, file)
    const told = (what: Acknowledged['what']) => acknowledged.push({ jobId, what, input: file })
    if (cancelAfterMs === undefined || cancelAfterMs > 500) {
      await untilStatus(jobId, 'POST', 'approve_job', [200, 202], [302])
      told('approved')
    }
    if (cancelAfterMs !== undefined) {
      await sleep(cancelAfterMs)
      if ((await untilStatus(jobId, 'POST', 'cancel_job', [200, 409], [])) === 200) told('cancelled')
    }
    await untilEnd(jobId)
    if (deleteAtEnd === true) {
      // A deletion that was not heard of answers 404 the second time.
      await untilStatus(jobId, 'DELETE', 'delete_job', [200, 404], [409])
      told('deleted')
    }
    return jobId
  }

  return {
    acknowledged,
    broken,
    heard,
    journey,
    stop: () => {
      stopped = true
    },
    async join(name) {
      const own = random.branch(name)
      for (let n = 0; !stopped; n += 1)
        await journey(`${random.seed}-${name}-${n}`, {
          file: own.pick(files),
          cancelAfterMs: own.next() < 0.2 ? own.between(0, 2_000) : undefined,
          deleteAtEnd: own.next() < 0.3,
        })
    },
  }
}
