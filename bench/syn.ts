// Measures what a picture of 1920 x 1080 with four faces of 120 pixels costs with synthetic faces, in CPU milliseconds.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { openSynBench, type SynResult, synPicture } from './syn/syn-run.ts'

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
    report(results.slice(1))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function report(results: readonly SynResult[]): void {
  const median = (part: keyof SynResult['took']): number =>
    results.map(({ took }) => took[part]).toSorted((a, b) => a - b)[results.length >> 1] ?? Number.NaN
  const parts = (['decode', 'detect', 'render', 'encode'] as const).map(
    (part) => [part, median(part)] as const,
  )
  const total = parts.reduce((sum, [, ms]) => sum + ms, 0)
  console.log(
    `syn faces=${results[0]?.counts.facesReplaced ?? 0} ${parts.map(([part, ms]) => `${part}_cpu_ms=${ms.toFixed(0)}`).join(' ')} ` +
      `pictures_a_second_of_one_core=${(1000 / total).toFixed(2)} target>=3`,
  )
}

if (import.meta.main) await main(process.argv.slice(2))
