import { existsSync } from 'node:fs'
import { link, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takeFile } from '#extractor/take-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-take-')))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('what a hostile child left instead of a file', () => {
  const at = async () => ({
    from: join(await mkdtemp(join(folder, 'from-')), 'member'),
    to: join(folder, 'taken'),
  })
  test('is not taken when it is a link, a folder, too short, too long, or has a second name', async () => {
    const linked = await at()
    await symlink('/etc/passwd', linked.from)
    expect(await takeFile(linked.from, linked.to, 11)).toBe(false)
    const inside = await at()
    await mkdir(inside.from)
    expect(await takeFile(inside.from, inside.to, 4096)).toBe(false)
    for (const bytes of [3, 5]) {
      const file = await at()
      await writeFile(file.from, '1234')
      expect(await takeFile(file.from, file.to, bytes)).toBe(false)
    }
    const twice = await at()
    await writeFile(twice.from, '1234')
    await link(twice.from, `${twice.from}-2`)
    expect(await takeFile(twice.from, twice.to, 4)).toBe(false)
    expect(existsSync(join(folder, 'taken'))).toBe(false)
    const good = await at()
    await writeFile(good.from, '1234')
    expect(await takeFile(good.from, good.to, 4)).toBe(true)
    await rm(good.to)
  })
})
