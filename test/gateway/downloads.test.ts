import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteRange } from '#gateway/pure/byte-range.ts'
import { readCursor, writeCursor } from '#gateway/pure/cursor.ts'
import { contentDisposition, downloadName } from '#gateway/pure/download-name.ts'

describe('a range', () => {
  test.each([
    [undefined, { serve: 'all' }],
    ['bytes=0-0', { serve: 'part', start: 0, end: 1 }],
    ['bytes=3-', { serve: 'part', start: 3, end: 10 }],
    ['bytes=3-99', { serve: 'part', start: 3, end: 10 }],
    ['bytes=-4', { serve: 'part', start: 6, end: 10 }],
    ['bytes=-99', { serve: 'part', start: 0, end: 10 }],
    ['bytes=9-9', { serve: 'part', start: 9, end: 10 }],
    ['bytes=10-', { serve: 'none' }],
    ['bytes=-0', { serve: 'none' }],
    ['bytes=5-4', { serve: 'all' }],
    ['bytes=-', { serve: 'all' }],
    ['bytes=0-1,3-4', { serve: 'all' }],
    ['lines=0-1', { serve: 'all' }],
  ])('%s of 10 bytes is %j', (header, wanted) => expect(byteRange(header, 10)).toEqual(wanted))

  test('never reaches outside the file', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(60), fc.nat(60), (size, a, b) => {
        for (const header of [`bytes=${a}-${b}`, `bytes=${a}-`, `bytes=-${b}`]) {
          const range = byteRange(header, size)
          if (range.serve !== 'part') continue
          expect(range.start).toBeGreaterThanOrEqual(0)
          expect(range.end).toBeGreaterThan(range.start)
          expect(range.end).toBeLessThanOrEqual(size)
        }
      }),
    )
  })
})

describe('a download name', () => {
  test.each([
    ['holiday.JPG', '.jpg', 'holiday.jpg'],
    ['../../etc/passwd', '.jpg', 'passwd.jpg'],
    ['a\\b\\c.png', '.png', 'c.png'],
    ['.htaccess', '.jpg', 'htaccess.jpg'],
    ['', '.zip', 'file.zip'],
    ['...', '.zip', 'file.zip'],
    ['con.jpg', '.jpg', 'file_con.jpg'],
    ['a.jpg', '.jpg"; evil', 'a.bin'],
    ['a\r\nSet-Cookie: x.jpg', '.jpg', 'a__Set-Cookie_ x.jpg'],
    ['photo\u202egpj.exe', '.jpg', 'photo_gpj.jpg'],
  ])('%j with %s is saved as %j', (name, extension, saved) =>
    expect(downloadName(name, extension)).toBe(saved),
  )

  test('is one header line with nothing to escape, whatever the client called its file', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom('.jpg', '.zip', ''),
        (name, extension) => {
          const saved = downloadName(name, extension)
          const header = contentDisposition(saved)
          expect(saved).not.toMatch(/[/\\\p{Cc}]/u)
          expect(saved.startsWith('.')).toBe(false)
          expect(header).toMatch(
            /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9%!#$&+^`|~._-]+$/,
          )
          expect(header.slice(22, header.indexOf('"; filename*'))).not.toMatch(/["\\]/)
          expect(decodeURIComponent(header.split("UTF-8''")[1] ?? '')).toBe(saved)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('a cursor', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 45), fc.uuid(), (score, member) => {
        expect(readCursor(writeCursor({ score, member }))).toEqual({
          verdict: 'ok',
          place: { score, member },
        })
      }),
    )
  })

  test('that we did not make is refused', () => {
    for (const text of ['', 'x', 'abc', '-1', 'MS4', '1.a.b', btoa('1.zz.not-an-id'), '%00', 'A'.repeat(500)])
      expect(readCursor(text)).toEqual({ verdict: 'refused' })
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['ok', 'refused']).toContain(readCursor(text).verdict)
      }),
    )
  })
})
