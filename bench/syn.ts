// Measures what a picture of 1920 x 1080 with four faces of 120 pixels costs with synthetic faces, in CPU milliseconds.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { cpuByFile, type Shares } from './syn/cpu-by-file.ts'
import { openSynBench, renderAgain, type SynResult, synPicture } from './syn/syn-run.ts'

const SIZE = { width: 1920, height: 1080 }
/** Width of a pasted portrait: its face is then about 120 pixels wide. */
const PORTRAIT = 300
const PLACES = [
  { left: 140, top: 300 },
  { left: 600, top: 420 },
  { left: 1060, top: 280 },
  { left: 1480, top: 400 },
]

/** Four portraits before a grey wall with a gradient; drawn for measuring only, never kept. */
async function fourFaces(portraits: readonly string[], path: string): Promise<void> {
  const parts = await Promise.all(
    PLACES.map(async (place, i) => ({
      input: await sharp(await readFile(portraits[i % portraits.length] ?? ''))
        .resize(PORTRAIT)
        .toBuffer(),
      ...place,
    })),
  )
  await writeFile(
    path,
    await sharp({ create: { ...SIZE, channels: 3, background: { r: 120, g: 128, b: 132 } } })
      .composite(parts)
      .jpeg({ quality: 90 })
      .toBuffer(),
  )
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: 'string' }, rounds: { type: 'string', default: '5' } },
  })
  const data = values.data ?? process.env.SYNTONYM_SHARED_DATA ?? '../shared/data'
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-bench-syn-'))
  try {
    const names = (await readdir(join(data, 'portraits'))).filter((name) => name.startsWith('gov'))
    const path = join(folder, 'four.jpg')
    await fourFaces(
      names.slice(0, 4).map((name) => join(data, 'portraits', name)),
      path,
    )
    const bench = await openSynBench()
    const results: SynResult[] = []
    for (let round = 0; round <= Number(values.rounds); round++) results.push(await synPicture(bench, path))
    const rendered = results[0]
    if (!rendered) throw new Error('no rounds')
    const rounds = results.length
    const shares = await cpuByFile(async () => {
      for (let round = 0; round < rounds; round++) await renderAgain(bench, rendered)
    })
    table(shares, rounds)
    report(results.slice(1))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Parts of a picture's rendering that cost less are told together. */
const LEAST_MS = 1

function table(shares: Shares, rounds: number): void {
  const each = shares.map(([part, ms]) => [part, ms / rounds] as const)
  const small = each.filter(([, ms]) => ms < LEAST_MS)
  const rows = [...each.filter(([, ms]) => ms >= LEAST_MS), ['all others', total(small)] as const]
  console.log('ms of rendering one picture, by file:')
  for (const [part, ms] of rows) console.log(`${ms.toFixed(1).padStart(8)}  ${part}`)
}

const total = (parts: readonly (readonly [string, number])[]): number =>
  parts.reduce((sum, [, ms]) => sum + ms, 0)

function report(results: readonly SynResult[]): void {
  const median = (part: keyof SynResult['took']): number =>
    results.map(({ took }) => took[part]).toSorted((a, b) => a - b)[results.length >> 1] ?? Number.NaN
  const parts = (['decode', 'detect', 'render', 'encode'] as const).map(
    (part) => [part, median(part)] as const,
  )
  const perSecond = (left: readonly (readonly [string, number])[]): string => (1000 / total(left)).toFixed(2)
  console.log(
    `syn faces=${results[0]?.counts.facesReplaced ?? 0} plates=${results[0]?.counts.platesReplaced ?? 0} ${parts.map(([part, ms]) => `${part}_cpu_ms=${ms.toFixed(0)}`).join(' ')} ` +
      `pictures_a_second_of_one_core=${perSecond(parts)} ` +
      `without_detection=${perSecond(parts.filter(([part]) => part !== 'detect'))} target>=3`,
  )
}

if (import.meta.main) await main(process.argv.slice(2))
