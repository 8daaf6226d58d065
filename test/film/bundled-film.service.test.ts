import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { anonymizeFilm, USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { documentFrames } from '#anonymizer/film/document-file.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'
import { MODELS_READY, WITHOUT_MODELS } from '../picture/prepared-models.ts'
import { openedModels } from '../syn/opened-models.ts'

if (!MODELS_READY) console.log(WITHOUT_MODELS)

/** Its widest plate has 49 pixels (samples/truth.json). Four detectors took its facades, 150 to 340 pixels wide, for plates, and no labelled set showed it. */
const WIDEST_PX = 140

const folder = mkdtempSync(join(tmpdir(), 'bundled-film-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!MODELS_READY)('the bundled film', () => {
  const models = openedModels()

  test('has no facade, awning or car hidden as a plate', async () => {
    const documentPath = join(folder, 'crossing.json')
    const inputPath = join(import.meta.dirname, '../../samples/crossing.mp4')
    await anonymizeFilm(
      {
        ...{ id: 'bundled', kind: 'film', extension: '.mp4', inputPath, documentPath, until: 'detected' },
        outputPath: join(folder, 'crossing.mp4'),
        choice: { model: 'blur', config: blurConfigSchema.parse({ blur_face: false }) },
      },
      models(),
      { progress: () => undefined },
      AbortSignal.timeout(120_000),
      { ...USUAL_TUNING, threads: 1 },
    )
    const wide: string[] = []
    let plates = 0
    for await (const { frame, detections } of documentFrames(documentPath))
      for (const { box, track } of detections) {
        plates++
        const width = Math.round(box[2] - box[0])
        if (width > WIDEST_PX) wide.push(`frame ${frame} track ${track}: ${width} px`)
      }
    expect(plates).toBeGreaterThan(100)
    expect(wide).toEqual([])
  }, 120_000)
})
