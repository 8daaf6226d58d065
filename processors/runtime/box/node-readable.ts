// Lists what a boxed Node child needs to read: the Node binary, the installed packages, our own source, compiled or not.
import { join } from 'node:path'
import type { Box, BoxRequest } from './pure/box-request.ts'

const SOURCE = ['package.json', 'node_modules', 'schemas', 'processors']

/**
 * Paths for `BoxRequest.readable` of a child that runs a TypeScript file of this repository.
 * @param also further paths below the root, for example `models`
 */
export const nodeReadable = (
  repositoryRoot: string,
  nodeBinary: string,
  also: readonly string[] = [],
): readonly string[] => [nodeBinary, ...[...SOURCE, ...also].map((name) => join(repositoryRoot, name))]

/** What a Node child is given to start from code that was compiled ahead of time; it can read it and not change it. */
export const compiledCode = ({
  compiled,
}: Pick<Box, 'compiled'>): {
  readonly readable: readonly string[]
  readonly env: NonNullable<BoxRequest['env']>
} =>
  compiled === undefined
    ? { readable: [], env: {} }
    : { readable: [compiled], env: { NODE_COMPILE_CACHE: compiled } }
