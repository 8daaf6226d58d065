// The child of the hostile test: takes each named file through the whole picture path and prints how it ended.
import { extname } from 'node:path'
import { anonymizePicture } from '#anonymizer/picture/anonymize-picture.ts'
import { pictureTask } from './picture-task.ts'
import { testDetectors } from './prepared-models.ts'

await using detectors = await testDetectors()
for (const path of process.argv.slice(2)) {
  await using given = await pictureTask(path, extname(path).toLowerCase())
  const startMs = performance.now()
  const ended = await anonymizePicture(given.task, detectors, AbortSignal.timeout(55_000)).then(
    () => 'ok',
    (error: unknown) =>
      error instanceof Error && 'code' in error ? String(error.code) : `uncoded: ${String(error)}`,
  )
  const rssMb = Math.round(process.memoryUsage().rss / 1e6)
  console.log(JSON.stringify({ path, ended, ms: Math.round(performance.now() - startMs), rssMb }))
}
