// Names the files of a result archive: the members' own names, with the extension that the result really has.
import { extensionOf } from './media-types.ts'

export interface NamedResult {
  readonly fileName: string
  /** Lower case with the dot. */
  readonly outputExtension: string
}

/** Spellings of the same format: the client keeps its own. */
const FAMILIES = [
  ['.jpg', '.jpeg'],
  ['.ts', '.mts'],
]

function sameFormat(a: string, b: string): boolean {
  return a === b || FAMILIES.some((family) => family.includes(a) && family.includes(b))
}

function wished({ fileName, outputExtension }: NamedResult): string {
  const extension = extensionOf(fileName)
  if (sameFormat(extension, outputExtension)) return fileName
  return fileName.slice(0, fileName.length - extension.length) + outputExtension
}

/**
 * One name for each result, in order and all different. A name that a change of extension makes collide keeps its
 * old extension inside (`a.avi.mp4`); `taken` are names that are given away already.
 */
export function resultNames(results: readonly NamedResult[], taken: readonly string[]): readonly string[] {
  const used = new Set(taken)
  const kept = results.map((result) => wished(result) === result.fileName)
  results.forEach((result, i) => {
    if (kept[i]) used.add(result.fileName)
  })
  return results.map((result, i) => {
    if (kept[i]) return result.fileName
    let name = wished(result)
    if (used.has(name)) name = result.fileName + result.outputExtension
    for (let number = 2; used.has(name); number++)
      name = `${result.fileName}.${number}${result.outputExtension}`
    used.add(name)
    return name
  })
}
