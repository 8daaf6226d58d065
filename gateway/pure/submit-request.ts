// Understands the body of a submission, or says everything that is wrong with it in FastAPI's form.
import { z } from 'zod'
import { type HideModel, readModelConfig } from '#schemas/model-config.ts'
import type { SubmitRequest } from './decide-submit.ts'
import { inputKind, type SubmitRoute } from './input-kind.ts'
import { type InputPlace, type InputRoots, inputPlace } from './input-place.ts'
import type { PathCode } from './jobs-path.ts'
import { issueType, type RequestIssue } from './validation-issues.ts'

/** The body after its form was checked; `model_config` is still as the client wrote it. */
export const submitFormSchema = z.object({
  file_path: z.string(),
  model: z.enum(['blur', 'syn']),
  model_config: z.union([z.string(), z.record(z.string(), z.unknown())]),
  user_tag: z.string().nullish(),
})
export type SubmitForm = z.infer<typeof submitFormSchema>

export type Understood =
  /** Whether a file is at `place`, only the disk or the bucket knows. */
  | { readonly verdict: 'ok'; readonly request: SubmitRequest; readonly place: InputPlace }
  | {
      readonly verdict: 'refused'
      readonly issues: readonly RequestIssue[]
      readonly code?: PathCode | 'TYPE_UNKNOWN' | 'TYPE_NOT_ACCEPTED'
    }

const FILE_PATH = ['body', 'file_path']

function configIssues(model: HideModel, raw: unknown): readonly RequestIssue[] {
  const read = readModelConfig(model, raw)
  if (read.verdict === 'ok') return []
  return read.issues.map(({ path, message, type }) => ({
    loc: ['body', 'model_config', ...path],
    msg: message,
    type: issueType(type),
  }))
}

/** What a submission asks for. A wrong path and a wrong configuration are both told at once. */
export function understandSubmit(route: SubmitRoute, form: SubmitForm, roots: InputRoots): Understood {
  const config = readModelConfig(form.model, form.model_config)
  const issues = configIssues(form.model, form.model_config)
  const path = inputPlace(form.file_path, roots)
  if (path.verdict === 'refused') {
    const issue = { loc: FILE_PATH, msg: path.reason, type: path.code }
    return { verdict: 'refused', issues: [issue, ...issues], code: path.code }
  }
  const kind = inputKind(path.fileName, route)
  if (kind.verdict === 'refused') {
    const issue = { loc: FILE_PATH, msg: kind.reason, type: kind.code }
    return { verdict: 'refused', issues: [issue, ...issues], code: kind.code }
  }
  if (config.verdict === 'refused') return { verdict: 'refused', issues }
  const userTag = form.user_tag ?? null
  const request = { route, filePath: form.file_path, inputKind: kind.kind, choice: config.choice, userTag }
  return { verdict: 'ok', request, place: path.place }
}
