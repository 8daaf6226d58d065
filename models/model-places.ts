// Says where a model's files lie: in the repository, in an installed package, or prepared in the cache.
import { join } from 'node:path'
import type { ModelRow } from './manifest.ts'

/** `$XDG_CACHE_HOME/syntonym/models`, or the same under ~/.cache (XDG Base Directory Specification 0.8). */
export function modelCacheFolder(environment: {
  readonly XDG_CACHE_HOME?: string | undefined
  readonly HOME?: string | undefined
}): string {
  const base = environment.XDG_CACHE_HOME?.startsWith('/')
    ? environment.XDG_CACHE_HOME
    : join(environment.HOME ?? '/root', '.cache')
  return join(base, 'syntonym', 'models')
}

/** The name of a prepared model's file: a changed model is a new file. */
export const preparedName = (row: Pick<ModelRow, 'id' | 'prepared_sha256'>): string =>
  `${row.id}-${row.prepared_sha256.slice(0, 12)}.onnx`

/** Where the source of a row lies that is no wheel. */
export const sourcePath = ({ source }: Pick<ModelRow, 'source'>, rootFolder: string): string =>
  source.kind === 'npm'
    ? join(rootFolder, 'node_modules', source.package, source.path)
    : join(rootFolder, source.path)

/** The path of a model that needs no preparation because its source is used as it lies; undefined for all others. */
export const lyingPath = (row: ModelRow, rootFolder: string): string | undefined =>
  row.source.kind !== 'pypi' && row.preparation === 'none' ? sourcePath(row, rootFolder) : undefined
