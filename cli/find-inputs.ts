// Looks at the input arguments on disk: files as they are, folders with every regular file below them.
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { UsageError } from './exit-code.ts'
import type { FoundInput } from './pure/output-plan.ts'

export async function findInputs(paths: readonly string[]): Promise<readonly FoundInput[]> {
  return Promise.all(paths.map(findInput))
}

async function findInput(argument: string): Promise<FoundInput> {
  const path = resolve(argument)
  const facts = await stat(path).catch(() => undefined)
  if (facts === undefined) throw new UsageError(`${argument} does not exist.`)
  if (facts.isFile()) return { is: 'file', path }
  if (!facts.isDirectory()) throw new UsageError(`${argument} is neither a file nor a folder.`)
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
  return { is: 'folder', path, files: files.sort() }
}
