// Runs films one after another and prints how each ended; started by hostile.test.ts as a process of its own.
import { basename, join } from 'node:path'
import { detectorOf, runTask } from './run-task.ts'

const [folder = '.', ...paths] = process.argv.slice(2)
const everywhere = detectorOf('face', ({ width, height }) => [{ score: 0.9, box: [0, 0, width, height] }])

for (const path of paths) {
  const started = performance.now()
  const outcome = await runTask(path, join(folder, basename(path)), {
    models: { face: everywhere, plate: detectorOf('plate', () => []) },
  }).then(
    ({ report }) => ({ code: 'ok', detail: '', facts: report.facts }),
    (error: Error & { code?: string }) => ({
      code: error.code ?? `bug: ${error.stack}`,
      detail: error.message,
      facts: {},
    }),
  )
  console.log(JSON.stringify({ path, seconds: (performance.now() - started) / 1000, ...outcome }))
}
