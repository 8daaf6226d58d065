// Finds the shared test data, and the models that setup prepares; a test that needs them is skipped where they are missing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Detectors, openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels } from '#models/model-store.ts'

export const sharedData =
  process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data')
export const hasSharedData = existsSync(sharedData)
export const skippedWithoutData = 'skipped: no shared data'

/** Null where setup has not made the models. */
export async function realDetectors(): Promise<Detectors | null> {
  try {
    const models = await loadModels({ cacheFolder: modelCacheFolder(process.env) })
    return await openDetectors(models, { threads: 1, executionProvider: 'cpu' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODEL_NOT_AVAILABLE') return null
    throw error
  }
}
