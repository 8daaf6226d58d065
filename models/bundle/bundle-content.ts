// Says what an offline bundle holds: the prepared models and the box, each under its place in the cache, with its hash.
import type { Manifest } from '../manifest.ts'
import { lyingPath, preparedName } from '../model-places.ts'

export interface BundleFile {
  /** Below the cache folder; also the name in the bundle. */
  readonly path: string
  readonly sha256: string
  /** As `chmod` takes it. */
  readonly mode: number
}

/** What setup/box.json says of the box. */
export interface BoxFiles {
  readonly version: string
  /** Path in the box's folder -> sha256. */
  readonly files: Readonly<Record<string, string>>
}

const PROGRAM = 0o755
const DATA = 0o644

/**
 * What a bundle of this version holds, and nothing else. The hashes are those of the repository, not of the bundle:
 * a bundle is only a way for bytes that are known already. Models that lie in the repository or in a package are left out.
 */
export function bundleContent(manifest: Manifest, box: BoxFiles, rootFolder: string): readonly BundleFile[] {
  const models = manifest.models
    .filter((row) => lyingPath(row, rootFolder) === undefined)
    .map((row) => ({ path: `models/${preparedName(row)}`, sha256: row.prepared_sha256, mode: DATA }))
  const tools = Object.entries(box.files).map(([path, sha256]) => ({
    path: `tools/bubblewrap-${box.version}/${path}`,
    sha256,
    mode: path.includes('/_bin/') ? PROGRAM : DATA,
  }))
  return [...models, ...tools]
}
