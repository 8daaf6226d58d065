// Measures a film of two faces and a plate in each frame with synthetic ones beside a plain transcode at veryfast.
// `npm run bench -- syn-film [ROUNDS]`
import { speedRounds } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const rounds = Number(process.argv[2] ?? 5)
const how = { preset: 'veryfast', options: ['--whole', '--syn'], rounds }
const { cpu, wall, last } = speedRounds('syn-film', testFilm('two-faces-one-plate'), how)
const { frames, facts } = last.report
console.log(
  `syn-film frames=${frames} faces_synthetic=${facts.faces_synthetic} plates_synthetic=${facts.plates_synthetic} ` +
    `of T ${wall.toFixed(2)} (CPU ${cpu.toFixed(2)}) target>=.5`,
)
