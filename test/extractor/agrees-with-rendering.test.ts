// What the extractor accepts before approval is what the anonymizer can render: nobody pays for a refusal.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readBmpHeader as renderedHeader } from '#anonymizer/picture/pure/bmp-header.ts'
import { BMP_HEADER_BYTES, readBmpHeader } from '#extractor/pure/bmp-header.ts'

const shared = process.env.SYNTONYM_SHARED_DATA ?? resolve(import.meta.dirname, '../../../shared/data')
const images = join(shared, 'hostile/images')

if (!existsSync(images)) console.log('skipped: no shared data')
test.skipIf(!existsSync(images))(
  'the same bitmap headers, or damage that only the missing rows show',
  async () => {
    const paths = (await readdir(images, { recursive: true })).filter((path) => path.endsWith('.bmp'))
    expect(paths.length).toBeGreaterThan(80)
    for (const path of paths) {
      const bytes = await readFile(join(images, path))
      if (bytes.toString('latin1', 0, 2) !== 'BM') continue
      const probed = readBmpHeader(bytes.subarray(0, BMP_HEADER_BYTES), bytes.length)
      const layout = renderedHeader(bytes)
      if (layout.verdict === 'refused') expect(probed.verdict, path).toBe('refused')
      if (probed.verdict === 'refused' && layout.verdict === 'layout')
        expect([path, probed.code]).toEqual([path, 'MEDIA_TRUNCATED'])
      if (probed.verdict === 'read' && layout.verdict === 'layout')
        expect([path, probed.width, probed.height]).toEqual([path, layout.layout.width, layout.layout.height])
    }
  },
)
