// Measures a film of two faces and a plate in each frame with synthetic ones, and blurred, beside a plain transcode at veryfast.
// `npm run bench -- syn-film [ROUNDS]`
import { speedRounds } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const rounds = Number(process.argv[2] ?? 5)
const film = testFilm('two-faces-one-plate')
const preset = 'veryfast'
const { cpu, wall, last } = speedRounds('syn-film', film, { preset, options: ['--whole', '--syn'], rounds })
const blurred = speedRounds('syn-film-blurred', film, { preset, options: ['--whole'], rounds })
const { frames, facts } = last.report
console.log(
  `syn-film frames=${frames} faces_synthetic=${facts.faces_synthetic} faces_switched=${facts.faces_switched ?? 0} ` +
    `plates_synthetic=${facts.plates_synthetic} of T ${wall.toFixed(2)} (CPU ${cpu.toFixed(2)}) ` +
    `blurred instead ${blurred.wall.toFixed(2)} (CPU ${blurred.cpu.toFixed(2)}) target>=.5`,
)
