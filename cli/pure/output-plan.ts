// Decides where each result goes, before anything is opened, so that nothing is written over by surprise.
import { basename, extname, join } from 'node:path'
import { type FileKind, fileKind } from './file-kind.ts'

/** What was found on disk for one argument: a file, or a folder with the files below it (relative paths). */
export type FoundInput =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'folder'; readonly path: string; readonly files: readonly string[] }

export interface PlannedFile {
  readonly input: string
  readonly output: string
  readonly kind: FileKind
}
export type OutputPlan =
  | {
      readonly verdict: 'planned'
      readonly files: readonly PlannedFile[]
      /** Lie in a folder and are none of ours: told, no error. */
      readonly skipped: readonly string[]
      /** Were named and are none of ours: an error. */
      readonly refused: readonly string[]
    }
  | { readonly verdict: 'refused'; readonly reason: string }

/** Rar archives cannot be written by free tools: their results come back as zip. */
const resultName = (name: string): string =>
  extname(name).toLowerCase() === '.rar' ? `${name.slice(0, -4)}.zip` : name

/**
 * One file with an output that has an extension goes to that file; everything else goes below the output as a folder.
 * A folder keeps its layout. Two inputs that would meet in one output are refused.
 */
export function planOutputs(inputs: readonly FoundInput[], output: string): OutputPlan {
  const [only] = inputs
  if (inputs.length === 1 && only?.is === 'file' && extname(output) !== '')
    return planSingle(only.path, output)
  const files: PlannedFile[] = []
  const skipped: string[] = []
  const refused: string[] = []
  for (const input of inputs) {
    const names = input.is === 'file' ? [basename(input.path)] : input.files
    for (const name of names) {
      const path = input.is === 'file' ? input.path : join(input.path, name)
      const kind = fileKind(name)
      if (kind === undefined) (input.is === 'file' ? refused : skipped).push(path)
      else files.push({ input: path, output: join(output, resultName(name)), kind })
    }
  }
  const clash = firstClash(files)
  if (clash !== undefined) return { verdict: 'refused', reason: clash }
  if (files.length === 0)
    return { verdict: 'refused', reason: 'There is no picture, film or archive among the inputs.' }
  return { verdict: 'planned', files, skipped, refused }
}

function planSingle(path: string, output: string): OutputPlan {
  const kind = fileKind(path)
  if (kind === undefined) {
    return {
      verdict: 'refused',
      reason: `${basename(path)} is no picture, film or archive that is accepted here.`,
    }
  }
  if (path === output) return { verdict: 'refused', reason: 'The output would overwrite the input.' }
  const wanted = extname(resultName(path)).toLowerCase()
  if (extname(output).toLowerCase() !== wanted) {
    return {
      verdict: 'refused',
      reason: `The result of ${basename(path)} is a ${wanted} file; name the output so.`,
    }
  }
  return { verdict: 'planned', files: [{ input: path, output, kind }], skipped: [], refused: [] }
}

function firstClash(files: readonly PlannedFile[]): string | undefined {
  const byOutput = new Map<string, string>()
  for (const file of files) {
    if (file.output === file.input) return `The result would overwrite ${file.input}.`
    const other = byOutput.get(file.output)
    if (other !== undefined) return `${other} and ${file.input} would both be written to ${file.output}.`
    byOutput.set(file.output, file.input)
  }
  return undefined
}
