// Speaks to the REST API as any client would: submit, approve, follow, fetch. Nothing here knows the inside.
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

const submittedSchema = z.object({ job_id: z.string() })
const jobStatusSchema = z.object({
  status: z.number(),
  status_detail: z.string(),
  progress: z.number().nullish(),
  eta_seconds: z.number().nullish(),
})
const resultTaskSchema = z.looseObject({
  task_id: z.string(),
  task_status: z.number(),
  status_detail: z.string(),
  file_name: z.string(),
  download_url: z.string().nullish(),
})
const jobResultSchema = z.looseObject({
  status: z.number(),
  has_errors: z.boolean(),
  download_url: z.string().nullish(),
  tasks: z.array(resultTaskSchema),
})
export type JobStatus = z.infer<typeof jobStatusSchema>
export type JobResult = z.infer<typeof jobResultSchema>

export interface RestClient {
  submit(filePath: string, model: string, modelConfig: object): Promise<string>
  /** Approves as soon as the job has been listed. */
  approve(jobId: string, signal: AbortSignal): Promise<void>
  status(jobId: string): Promise<JobStatus>
  result(jobId: string): Promise<JobResult>
  download(link: string, path: string): Promise<void>
}

const APPROVE_RETRY_MS = 200

export function createRestClient(baseUrl: string): RestClient {
  const call = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(new URL(path, baseUrl), {
      method,
      redirect: 'manual',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  const json = async <T>(response: Response, schema: z.ZodType<T>): Promise<T> => {
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status}: ${text}`)
    return schema.parse(JSON.parse(text))
  }
  return {
    submit: async (filePath, model, modelConfig) => {
      const answer = await call('POST', '/process_file', {
        file_path: filePath,
        model,
        model_config: modelConfig,
      })
      return (await json(answer, submittedSchema)).job_id
    },
    approve: async (jobId, signal) => {
      for (;;) {
        const answer = await call('POST', `/approve_job/${jobId}`)
        if (answer.ok) return
        const text = await answer.text()
        if (answer.status === 409) return // refused as a whole: its status tells why
        if (answer.status !== 302 && answer.status !== 503) throw new Error(`${answer.status}: ${text}`)
        await new Promise((resolve) => setTimeout(resolve, APPROVE_RETRY_MS))
        signal.throwIfAborted()
      }
    },
    status: async (jobId) => json(await call('GET', `/job_status/${jobId}`), jobStatusSchema),
    result: async (jobId) => json(await call('GET', `/job_result/${jobId}`), jobResultSchema),
    download: async (link, path) => {
      const answer = await fetch(new URL(link, baseUrl))
      if (!answer.ok || answer.body === null)
        throw new Error(`${answer.status}: the result could not be fetched`)
      await pipeline(Readable.fromWeb(answer.body), createWriteStream(path))
    },
  }
}
