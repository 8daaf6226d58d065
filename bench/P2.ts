// P2: the film path without detectors beside the ffmpeg tool, in speed and memory. `npm run bench -- P2 [ROUNDS]`
import { roundsFrom, speedRounds } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const how = {
  preset: 'veryfast',
  options: ['--whole', '--no-faces', '--no-plates'],
  rounds: roundsFrom(process.argv[2]),
}
const { cpu, wall, rss } = speedRounds('P2', testFilm('dense'), how)
console.log(
  `P2 ratio=${wall.toFixed(2)} cpu_ratio=${cpu.toFixed(2)} target>=0.97 rss_ratio=${rss.toFixed(2)} target<=1.2`,
)
