// The product's detectors for tests, where setup has prepared the models.
import { type Detectors, openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { checkModels, loadModels } from '#models/model-store.ts'

const places = { cacheFolder: modelCacheFolder(process.env) }

/** False where `npm run setup` has not run; a test that needs models then says so and is skipped. */
export const MODELS_READY = (await checkModels(places)).every((check) => check.verdict === 'ok')
export const WITHOUT_MODELS = 'skipped: models are not prepared (npm run setup)'

export const testDetectors = async (): Promise<Detectors> =>
  openDetectors(await loadModels(places), { threads: 1, executionProvider: 'cpu' })
