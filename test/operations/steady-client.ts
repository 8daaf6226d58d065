// A client that submits pictures at a steady pace and approves each when it may, through whichever gateway answers.
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '#test/e2e/rest.ts'

export interface SteadyClient {
  /** Jobs whose submission was acknowledged, so far. */
  readonly submitted: readonly string[]
  /** Jobs whose approval was acknowledged, so far. */
  readonly approved: readonly string[]
  /** Answers that were neither a success nor a refusal to be tried again. */
  readonly strange: readonly string[]
  /** Resolves when the requests in hand are over; what was not approved by then stays so. */
  stop(): Promise<void>
}

const PAUSE_MS = 1_000
/** Not extracted yet, too many, or a store that is away. */
const AGAIN = new Set([302, 429, 503])

/** `urls`: asked anew each time, in turns. */
export function startSteadyClient(urls: readonly string[], file: string): SteadyClient {
  const submitted: string[] = []
  const approved: string[] = []
  const strange: string[] = []
  let stopped = false
  let turn = 0
  const ask = async (path: string, body?: object) => {
    turn += 1
    const url = urls[turn % urls.length] ?? ''
    // A gateway that is just being started refuses the connection; the other one is there.
    const answer = await call(url, 'POST', path, body).catch(() => undefined)
    if (answer !== undefined && answer.status >= 300 && !AGAIN.has(answer.status))
      strange.push(`${path.split('/')[1]} ${answer.status}`)
    return answer
  }
  const untilAnswered = async (path: string, body?: object) => {
    while (!stopped) {
      const answer = await ask(path, body)
      if (answer !== undefined && answer.status < 300) return answer.body
      await sleep(100)
    }
  }
  const approve = async (job: string) => {
    if ((await untilAnswered(`/approve_job/${job}`)) !== undefined) approved.push(job)
  }
  const approving: Promise<void>[] = []
  const running = (async () => {
    while (!stopped) {
      const job = await untilAnswered('/process_file', { file_path: file, model: 'blur', model_config: {} })
      if (job === undefined) return
      submitted.push(job.job_id)
      approving.push(approve(job.job_id))
      await sleep(PAUSE_MS)
    }
  })()
  return {
    submitted,
    approved,
    strange,
    stop: async () => {
      stopped = true
      await running
      await Promise.all(approving)
    },
  }
}
