// Puts what is wrong with a request into FastAPI's form: where (`loc`), what (`msg`), which kind (`type`).
import type { z } from 'zod'

export type Location = readonly (string | number)[]
export interface RequestIssue {
  readonly loc: Location
  readonly msg: string
  readonly type: string
}

/** What pydantic, behind FastAPI, calls these kinds of mistake. */
const TYPES: Readonly<Record<string, string>> = {
  too_big: 'less_than_equal',
  too_small: 'greater_than_equal',
  invalid_value: 'enum',
  invalid_format: 'string_pattern_mismatch',
  invalid_type: 'type_error',
  invalid_union: 'type_error',
  unrecognized_keys: 'extra_forbidden',
}

export const issueType = (type: string): string => TYPES[type] ?? type

const plainPath = (path: readonly PropertyKey[]): (string | number)[] =>
  path.map((part) => (typeof part === 'symbol' ? String(part) : part))

/** Whether the data holds anything at the path. */
function isThere(data: unknown, path: readonly PropertyKey[]): boolean {
  let at = data
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return false
    at = Reflect.get(at, part)
  }
  return at !== undefined
}

/**
 * The issues of one part of a request (`body`, `query`, `path`, `header`), each with its location.
 * An unknown key gets an issue of its own that names it.
 */
export function requestIssues(part: string, error: z.core.$ZodError, data: unknown): readonly RequestIssue[] {
  return error.issues.flatMap((issue): RequestIssue[] => {
    const loc = [part, ...plainPath(issue.path)]
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        loc: [...loc, key],
        msg: `Unknown key "${key}"`,
        type: 'extra_forbidden',
      }))
    }
    if (!isThere(data, issue.path)) return [{ loc, msg: 'Field required', type: 'missing' }]
    return [{ loc, msg: issue.message, type: issueType(issue.code) }]
  })
}
