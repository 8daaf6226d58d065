// P11: peak memory beside a plain transcode's at 1080p, and of a film four times as long. `npm run bench -- P11`
import { join } from 'node:path'
import { makeWithWitness, referenceFfmpeg } from '#test/film/reference-decoder.ts'
import { hide, said, transcode } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const film = testFilm('sparse')
const long = join('bench-out/films', 'sparse-four-times.mp4')
makeWithWitness(referenceFfmpeg() ?? '', ['-stream_loop', '3', '-i', film, '-c', 'copy', long])
const plain = transcode(film, 'veryfast')
const short = hide(film, ['--whole', '--blind'])
const longer = hide(long, ['--whole', '--blind'])
const withModels = hide(film, ['--whole'])
const ratio = (a: number, b: number): string => (a / b).toFixed(2)
console.log(
  `P11 rss_ratio=${ratio(short.rssMb, plain.rssMb)} target<=1.3 (with both models ${ratio(withModels.rssMb, plain.rssMb)}: ${withModels.rssMb.toFixed(0)} of ${plain.rssMb.toFixed(0)} MB) four_times_as_long=${ratio(longer.rssMb, short.rssMb)} target<=1.05 ${said(withModels)}`,
)
