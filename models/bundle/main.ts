// The program behind `npm run models:bundle` and `models:install`: writes an offline bundle, or installs one (exit code 2: what to do).
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { modelCacheFolder } from '../model-places.ts'
import { ourManifest } from '../model-store.ts'
import { PreparationFailure } from '../prepare/fetch-wheel.ts'
import { type BoxFiles, bundleContent } from './bundle-content.ts'
import { installBundle } from './install-bundle.ts'
import { writeBundle } from './write-bundle.ts'

const USAGE =
  'Use: npm run models:bundle [-- FILE] on a machine with network, then npm run models:install -- FILE'
const [what, named] = process.argv.slice(2)
const cacheFolder = dirname(modelCacheFolder(process.env))
const rootFolder = new URL('../..', import.meta.url).pathname
const box = JSON.parse(readFileSync(join(rootFolder, 'setup', 'box.json'), 'utf8')) as BoxFiles
const content = bundleContent(ourManifest(), box, rootFolder)
try {
  if (what === 'write') {
    const target = resolve(named ?? 'syntonym-models.zip')
    await writeBundle(content, cacheFolder, target)
    console.log(`models: ${content.length} files in ${target}`)
  } else if (what === 'install' && named !== undefined) {
    await installBundle(resolve(named), content, cacheFolder)
    console.log(`models: ${content.length} files checked and installed in ${cacheFolder}`)
  } else throw new PreparationFailure(USAGE)
} catch (error) {
  if (!(error instanceof PreparationFailure) && !(error instanceof Error && 'syscall' in error)) throw error
  console.error(`models: ${error.message}`)
  process.exitCode = 2
}
