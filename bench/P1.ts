// P1: hiding faces and plates in a dense 1080p film beside a plain transcode. `npm run bench -- P1 [ROUNDS]`; recall: P5.
import { roundsFrom, said, speedRounds } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const rounds = roundsFrom(process.argv[2])
for (const [preset, target] of [
  ['veryfast', 0.9],
  ['ultrafast', 0.75],
] as const) {
  const { cpu, wall, last } = speedRounds('P1', testFilm('dense'), { preset, options: ['--whole'], rounds })
  console.log(
    `P1 ${preset} ratio=${wall.toFixed(2)} cpu_ratio=${cpu.toFixed(2)} target>=${target} ${said(last)}`,
  )
}
