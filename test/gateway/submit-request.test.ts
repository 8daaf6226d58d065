import { expect, test } from 'vitest'
import { decideSubmit, fingerprint, type SubmitCommand } from '#gateway/pure/decide-submit.ts'
import { understandSubmit } from '#gateway/pure/submit-request.ts'
import { type Decision, decisionKey, submitTraceKey } from '#schemas/state-keys.ts'

const understand = (model_config: unknown, rest: { file_path?: string; model?: 'blur' | 'syn' } = {}) =>
  understandSubmit(
    'process_file',
    { file_path: 'a.jpg', model: 'blur', ...rest, model_config: model_config as string },
    { jobsRoot: '/data', buckets: [] },
  )
const fingerprintOf = (...of: Parameters<typeof understand>) => {
  const read = understand(...of)
  return read.verdict === 'ok' ? fingerprint(read.request) : read.issues
}
const issues = (...of: Parameters<typeof understand>) => {
  const read = understand(...of)
  return read.verdict === 'ok' ? [] : read.issues.map(({ loc, type }) => `${loc.join('.')} ${type}`)
}

test('however a client spells the same request, it is the same request', () => {
  const one = fingerprintOf({})
  for (const same of [
    '',
    '{}',
    { blur_face: 'True' },
    '{"blur_face":"true","blur_threshold":"0.5"}',
    { slicing: 0, mask_blur: 1 },
  ])
    expect(fingerprintOf(same)).toBe(one)
  for (const other of [{ blur_face: false }, { blur_threshold: 0.4 }, '{"slicing":"yes"}'])
    expect(fingerprintOf(other)).not.toBe(one)
  expect(fingerprintOf({}, { file_path: 'b.jpg' })).not.toBe(one)
  expect(fingerprintOf({}, { model: 'syn' })).not.toBe(one)
})

test('everything that is wrong is told at once, with its place', () => {
  expect(issues({ blur_threshold: 2, lp_threshold: 'x', blurface: true }, { file_path: '../a.jpg' })).toEqual(
    [
      'body.file_path PATH_OUTSIDE_ROOT',
      'body.model_config.blur_threshold less_than_equal',
      'body.model_config.lp_threshold type_error',
      'body.model_config.blurface extra_forbidden',
    ],
  )
  expect(issues('{"a":')).toEqual(['body.model_config json_invalid'])
  expect(issues('[]')).toEqual(['body.model_config type_error'])
  expect(issues(JSON.parse('{"__proto__": 1}'))).toEqual(['body.model_config.__proto__ extra_forbidden'])
  expect(issues({ syntonymize: true })).toEqual(['body.model_config.syntonymize extra_forbidden'])
  expect(issues({ blur_face: true }, { model: 'syn' })).toEqual([
    'body.model_config.blur_face extra_forbidden',
  ])
})

test('the trace of a submission is kept for its approval where one is taken, and only then', () => {
  const read = understand({})
  if (read.verdict === 'refused') throw new Error('the request is good')
  const command: SubmitCommand = {
    ...{ accountId: 'anna', jobId: 'j', nowMs: 1, needsApproval: true, metered: false },
    ...{ request: read.request, idempotencyKey: undefined },
  }
  const keys = (trace?: string) => {
    const made = decideSubmit(
      { decision: undefined, idempotency: undefined },
      { ...command, trace },
      '/a.jpg',
    )
    return made.do === 'commit' ? made.step.puts.map(({ key }) => key) : []
  }
  expect(keys()).not.toContain(submitTraceKey('j'))
  expect(keys('00-1-2-01')).toContain(submitTraceKey('j'))
})

test('a store rebuilt from facts, without its idempotency entries, still knows a repeated request', () => {
  const read = understand({})
  if (read.verdict === 'refused') throw new Error('the request is good')
  const command: SubmitCommand = {
    accountId: 'anna',
    jobId: 'j',
    nowMs: 1,
    needsApproval: true,
    metered: false,
    request: read.request,
    idempotencyKey: 'k',
  }
  const first = decideSubmit({ decision: undefined, idempotency: undefined }, command, '/data/a.jpg')
  if (first.do !== 'commit') throw new Error('the first one is committed')
  expect(first.step.checks).toContainEqual({ key: decisionKey('j'), version: 0 })
  const [put] = first.step.puts
  const value = JSON.parse(put?.value ?? '') as Decision
  const rebuilt = { decision: { value, version: 1 }, idempotency: undefined }
  expect(decideSubmit(rebuilt, command, '/data/a.jpg')).toEqual({
    do: 'answer',
    answer: first.answer,
    restsOnFactsOf: 'j',
  })
  const other = { ...command, request: { ...read.request, filePath: 'b.jpg' } }
  expect(decideSubmit(rebuilt, other, '/data/b.jpg')).toEqual({ do: 'answer', answer: { say: 'key-reused' } })
})
