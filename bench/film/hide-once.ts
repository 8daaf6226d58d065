// Hides one film in a process of its own and prints what it cost, models not counted.
import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import type { Detector } from '#anonymizer/detect/detector.ts'
import { openDetectors } from '#anonymizer/detect/open-detectors.ts'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { openGpu } from '#anonymizer/film/open-gpu.ts'
import { openSynModels } from '#anonymizer/syn/open-syn-models.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { loadModels, loadSynModels } from '#models/model-store.ts'
import { blurConfigSchema, synConfigSchema } from '#schemas/model-config.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: 'string', default: 'veryfast' },
    threads: { type: 'string', default: '2' },
    blind: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    faces: { type: 'boolean', default: true },
    plates: { type: 'boolean', default: true },
    syn: { type: 'boolean', default: false },
    gpu: { type: 'boolean', default: false },
    /** A detection document: nothing is looked for. */
    document: { type: 'string' },
  },
  allowNegative: true,
})
const [input = '', output = ''] = positionals
const threads = Number(values.threads)
const nothing = (name: string): Detector => ({
  modelId: name,
  modelSha256: '0'.repeat(64),
  detect: async () => [],
  async [Symbol.asyncDispose]() {},
})
const place = { cacheFolder: modelCacheFolder(process.env) }
const options = { threads, executionProvider: values.gpu ? 'cuda' : 'cpu' } as const
using gpu = values.gpu ? openGpu({ decode: 'cuda', encode: 'cuda' }) : undefined
const syn = values.syn ? await openSynModels(await loadSynModels(place), options) : undefined
const without = values.blind || values.document !== undefined || !(values.faces || values.plates)
await using opened = without ? undefined : await openModels()
const detectors = opened ?? { face: nothing('no-face'), plate: nothing('no-plate') }
const models = syn ? { ...detectors, syn: async () => syn } : detectors

async function openModels() {
  return openDetectors(await loadModels(place), options)
}

const cpu = process.cpuUsage()
const started = performance.now()
const report = await anonymizeFilm(
  {
    id: 'bench',
    kind: 'film',
    extension: extname(input),
    inputPath: input,
    outputPath: output,
    documentPath: `${output}.json`,
    ...(values.document === undefined ? {} : { givenDocumentPath: values.document }),
    until: 'rendered',
    copy: !values.whole,
    synSeed: '7'.repeat(64),
    choice: values.syn
      ? { model: 'syn', config: synConfigSchema.parse({ enable_lp: values.plates }) }
      : {
          model: 'blur',
          config: blurConfigSchema.parse({ blur_face: values.faces, enable_lp: values.plates }),
        },
  },
  models,
  { progress: () => undefined },
  new AbortController().signal,
  { ...USUAL_TUNING, quality: { ...USUAL_TUNING.quality, preset: values.preset }, threads, gpu },
)
const used = process.cpuUsage(cpu)
console.log(
  JSON.stringify({
    cpuMs: (used.user + used.system) / 1000,
    wallMs: performance.now() - started,
    rssMb: process.resourceUsage().maxRSS / 1024,
    report,
  }),
)
