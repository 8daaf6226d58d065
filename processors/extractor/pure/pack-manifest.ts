// Says of every file of an archive what became of it; lies as `manifest.json` beside the results.
import type { PlannedTask } from '#schemas/plan.ts'
import type { Outcome } from '#schemas/state-keys.ts'
import { resultNames } from './result-names.ts'

export const MANIFEST_NAME = 'manifest.json'

/** A planned file and how its task ended; undefined for one that was refused before it could run. */
export interface EndedTask {
  readonly task: PlannedTask
  readonly outcome: Outcome | undefined
}

export interface ManifestLine {
  /** From 0, the place in the submitted archive. */
  readonly index: number
  /** The name in the submitted archive. */
  readonly file_name: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  /** The name in this archive; null where there is no result. */
  readonly result: string | null
  readonly sha256: string | null
  readonly faces: number | null
  readonly plates: number | null
  readonly frames: number | null
  /** Why there is no result. */
  readonly code: string | null
  readonly detail: string | null
}

/** One result on its way into the archive. */
export interface PackedResult {
  readonly name: string
  readonly outputKey: string
}

const nothing = { result: null, sha256: null, faces: null, plates: null, frames: null }

function line({ task, outcome }: EndedTask, result: string | undefined): ManifestLine {
  const common = { index: task.task_index, file_name: task.file_name }
  if (outcome?.how === 'completed') {
    const { output_sha256: sha256, faces, plates, frames } = outcome
    const done = { status: 'completed', code: null, detail: null } as const
    return { ...common, ...done, result: result ?? null, sha256, faces, plates, frames }
  }
  if (outcome?.how === 'cancelled')
    return { ...common, ...nothing, status: 'cancelled', code: null, detail: 'Cancelled' }
  const { code, detail } = outcome ?? task.refused ?? { code: 'INTERNAL', detail: '' }
  return { ...common, ...nothing, status: 'failed', code, detail }
}

/** The results in the archive's order with their names, and a line for every file. */
export function packManifest(ended: readonly EndedTask[]): {
  readonly results: readonly PackedResult[]
  readonly lines: readonly ManifestLine[]
} {
  const completed = ended.flatMap(({ task, outcome }) =>
    outcome?.how === 'completed' ? [{ task, outcome }] : [],
  )
  const names = resultNames(
    completed.map(({ task, outcome }) => ({
      fileName: task.file_name,
      outputExtension: outcome.output_extension,
    })),
    [MANIFEST_NAME],
  )
  const nameOf = new Map(completed.map(({ task }, i) => [task.task_id, names[i] ?? '']))
  return {
    results: completed.map(({ task, outcome }) => ({
      name: nameOf.get(task.task_id) ?? '',
      outputKey: outcome.output_key,
    })),
    lines: ended.map((one) => line(one, nameOf.get(one.task.task_id))),
  }
}
