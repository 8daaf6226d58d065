// Reads `--model` and `--set key=value` into a checked model choice.
import { type ModelChoice, readModelConfig } from '#schemas/model-config.ts'

export type ReadSettings =
  | { readonly verdict: 'ok'; readonly choice: ModelChoice }
  | { readonly verdict: 'refused'; readonly reason: string }

export function readSettings(model: string, settings: readonly string[]): ReadSettings {
  if (model !== 'blur' && model !== 'syn') {
    return { verdict: 'refused', reason: `--model is blur or syn, not "${model}".` }
  }
  const raw: Record<string, string> = {}
  for (const setting of settings) {
    const equals = setting.indexOf('=')
    if (equals <= 0) return { verdict: 'refused', reason: `--set wants key=value, not "${setting}".` }
    raw[setting.slice(0, equals)] = setting.slice(equals + 1)
  }
  const read = readModelConfig(model, raw)
  if (read.verdict === 'ok') return { verdict: 'ok', choice: read.choice }
  return {
    verdict: 'refused',
    reason: read.issues.map((issue) => `--set ${issue.path.join('.')}: ${issue.message}`).join('\n'),
  }
}
