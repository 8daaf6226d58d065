// Opens, for the tests of one describe block, the models that synthetic pictures are made with, and closes them after it.
import { afterAll, beforeAll } from 'vitest'
import { type Detectors, openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { openSynModels } from '#anonymizer/syn/open-syn-models.ts'
import type { SynModels } from '#anonymizer/syn/synthesizer.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels, loadSynModels } from '#models/model-store.ts'

const options = { threads: 1, executionProvider: 'cpu' } as const

/** A function that gives them; only from within a test. */
export function openedModels(): () => Detectors & { readonly syn: () => Promise<SynModels> } {
  const places = { cacheFolder: modelCacheFolder(process.env) }
  let syn: SynModels | undefined
  let detectors: Detectors | undefined
  beforeAll(async () => {
    syn = await openSynModels(await loadSynModels(places), options)
    detectors = await openDetectors(await loadModels(places), options)
  }, 120_000)
  afterAll(async () => {
    await syn?.mesh[Symbol.asyncDispose]()
    await detectors?.[Symbol.asyncDispose]()
  })
  return () => {
    const opened = syn
    if (!opened || !detectors) throw new Error('the models are not open yet')
    return { ...detectors, syn: async () => opened }
  }
}
