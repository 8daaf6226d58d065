// P8: hiding on the GPU beside a transcode only on the same GPU. `npm run bench -- P8 [ROUNDS]`; without a GPU: exit code 3.
import { openGpu } from '#anonymizer/film/open-gpu.ts'
import { failureText } from '#cli/command-io.ts'
import { median } from './detect/cpu-rounds.ts'
import { gpuTranscode, hide, roundsFrom, said } from './film/speed-rounds.ts'
import { testFilm } from './film/test-films.ts'

const NO_GPU = 3

try {
  openGpu({ decode: 'cuda', encode: 'cuda' })?.[Symbol.dispose]()
} catch (error) {
  console.error(`P8 not measured, no GPU here: ${failureText(error)}`)
  process.exit(NO_GPU)
}
const input = testFilm('dense')
const ratios: number[] = []
for (let round = 0; round < roundsFrom(process.argv[2]); round++) {
  const plain = gpuTranscode(input)
  const hidden = hide(input, ['--whole', '--gpu'])
  ratios.push(plain.wallMs / hidden.wallMs)
  console.log(
    `P8 round ${round}: T ${plain.wallMs.toFixed(0)} ms, ours ${hidden.wallMs.toFixed(0)}; ${said(hidden)}`,
  )
}
console.log(`P8 one stream ratio=${median(ratios).toFixed(2)} target>=0.6`)
