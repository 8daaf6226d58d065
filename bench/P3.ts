// P3: a sparse 1080p film, of which what needs no hiding is taken over, beside a plain transcode. `npm run bench -- P3 [ROUNDS]`
import { roundsFrom, said, speedRounds } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const how = { preset: 'veryfast', options: [], rounds: roundsFrom(process.argv[2]) }
const { cpu, wall, last } = speedRounds('P3', testFilm('sparse'), how)
console.log(`P3 ratio=${wall.toFixed(2)} cpu_ratio=${cpu.toFixed(2)} target>=2.0 ${said(last)}`)
