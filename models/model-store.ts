// Loads the models of the manifest, each checked by its sha256; a missing or changed one is refused by name.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PermanentFailure } from '#runtime/failure.ts'
import manifestJson from './manifest.json' with { type: 'json' }
import { type Manifest, type ModelRole, type ModelRow, manifestSchema } from './manifest.ts'
import { lyingPath, preparedName } from './model-places.ts'

/** A model whose bytes have the hash that the manifest names. */
export interface LoadedModel {
  readonly id: string
  readonly sha256: string
  readonly bytes: Uint8Array
  /** Points [raw score, user's score]: what a threshold means for this model. */
  readonly calibration: readonly (readonly [number, number])[]
}
/** The models the product runs with: two for faces, and of the plate finders the first that the manifest has. */
export interface LoadedModels {
  readonly faces: LoadedModel
  /** Independent of the first. */
  readonly secondFaces: LoadedModel
  readonly plates: { readonly kind: 'quad' | 'text'; readonly model: LoadedModel }
  /** Reads what the plate finder is not sure of. */
  readonly plateText: LoadedModel
}

export type ModelCheck =
  | { readonly verdict: 'ok'; readonly row: ModelRow; readonly path: string }
  | { readonly verdict: 'missing' | 'changed'; readonly row: ModelRow; readonly path: string }

export interface ModelPlaces {
  /** See `modelCacheFolder` of model-places.ts. */
  readonly cacheFolder: string
  /** The repository's root; found from this file where it is not given. */
  readonly rootFolder?: string
  readonly manifest?: Manifest
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** What to do about a model that is missing or changed. */
export const HOW_TO_GET =
  'run "npm run setup" with network access, or "npm run models:install -- BUNDLE" without (models/README.md)'

/** The manifest of this repository. @throws {Error} when it is not in its own form */
export const ourManifest = (): Manifest => manifestSchema.parse(manifestJson)

/** Where a row's ready file lies: used as it lies, or prepared in the cache. */
export const modelPath = (row: ModelRow, places: ModelPlaces): string =>
  lyingPath(row, places.rootFolder ?? ROOT) ?? join(places.cacheFolder, preparedName(row))

/** Checks every model of the manifest and says which are there, missing or changed. For `syntonym doctor`. */
export async function checkModels(places: ModelPlaces): Promise<readonly ModelCheck[]> {
  const rows = (places.manifest ?? ourManifest()).models
  return Promise.all(rows.map(async (row) => (await readModel(row, places)).check))
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE, naming each file that is missing or changed and how to get it */
export async function loadModels(places: ModelPlaces): Promise<LoadedModels> {
  const manifest = places.manifest ?? ourManifest()
  const faces = await loadRole(manifest, 'faces', places)
  const secondFaces = await loadRole(manifest, 'faces-second', places)
  const ownPlates = manifest.models.some((row) => row.role === 'plates')
  const plates = await loadRole(manifest, ownPlates ? 'plates' : 'plate-text', places)
  const plateText = await loadRole(manifest, 'text-reading', places)
  return { faces, secondFaces, plates: { kind: ownPlates ? 'quad' : 'text', model: plates }, plateText }
}

/** What synthetic faces are made with. */
export interface LoadedSynModels {
  readonly mesh: LoadedModel
  readonly appearance: LoadedModel
  readonly textures: LoadedModel
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function loadSynModels(places: ModelPlaces): Promise<LoadedSynModels> {
  const manifest = places.manifest ?? ourManifest()
  return {
    mesh: await loadRole(manifest, 'face-mesh', places),
    appearance: await loadRole(manifest, 'appearance', places),
    textures: await loadRole(manifest, 'appearance-textures', places),
  }
}

/** The first model of a role. @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function loadRole(
  manifest: Manifest,
  role: ModelRole,
  places: ModelPlaces,
): Promise<LoadedModel> {
  const row = manifest.models.find((each) => each.role === role)
  if (!row) throw new PermanentFailure('MODEL_NOT_AVAILABLE', `The manifest names no model for ${role}.`)
  const { check, bytes } = await readModel(row, places)
  if (check.verdict === 'ok' && bytes)
    return { id: row.id, sha256: row.prepared_sha256, bytes, calibration: row.calibration }
  const what = check.verdict === 'missing' ? 'is missing' : 'does not have the hash that the manifest names'
  throw new PermanentFailure('MODEL_NOT_AVAILABLE', `Model ${row.id} ${what}: ${HOW_TO_GET}.`)
}

async function readModel(
  row: ModelRow,
  places: ModelPlaces,
): Promise<{ check: ModelCheck; bytes?: Uint8Array }> {
  const path = modelPath(row, places)
  try {
    const bytes = await readFile(path)
    const same = createHash('sha256').update(bytes).digest('hex') === row.prepared_sha256
    return same
      ? { check: { verdict: 'ok', row, path }, bytes }
      : { check: { verdict: 'changed', row, path } }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { check: { verdict: 'missing', row, path } }
    throw error
  }
}
