// Lists what a boxed Node child needs to read: the Node binary, the installed packages, our own source.
import { join } from 'node:path'

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
