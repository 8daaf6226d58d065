import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { moveInto } from '#cli/media-run.ts'

test('results that end in the same moment each come to their own place, whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'syntonym-move-'))
  try {
    const names = Array.from({ length: 60 }, (_, i) => `result-${i}`)
    for (const name of names) await writeFile(join(folder, name), name.repeat(1000))
    const out = join(folder, 'out')
    await Promise.all(names.map((name) => moveInto(join(folder, name), join(out, name))))
    for (const name of names) expect(await readFile(join(out, name), 'utf8')).toBe(name.repeat(1000))
    expect((await readdir(out)).sort()).toEqual(names.sort())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
