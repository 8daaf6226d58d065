// Hides one film and prints the resident memory half way and at the end; started by memory.test.ts as a process of its own.
import { USUAL_LOOKS } from '#anonymizer/film/film-looks.ts'
import { squareFinder } from './bright-square.ts'
import { detectorOf, runTask } from './run-task.ts'

const [input = '', output = ''] = process.argv.slice(2)
const FRAMES = 2000
const seen: number[] = []
const find = squareFinder()
const watching = detectorOf('face', (picture, call) => {
  if (call % 20 === 0) seen.push(process.memoryUsage.rss())
  return find(picture, call)
})
const looks = { ...USUAL_LOOKS, face: { ...USUAL_LOOKS.face, everySeconds: 0 } }
await runTask(input, output, { models: { face: watching }, config: { enable_lp: false }, tuning: { looks } })
/** The highest within a tenth of the film: one number is chance. */
const around = (part: number): number =>
  Math.max(...seen.slice((FRAMES / 20) * (part - 0.1), (FRAMES / 20) * part))
console.log(JSON.stringify({ early: around(0.5), late: around(1), samples: seen.length }))
