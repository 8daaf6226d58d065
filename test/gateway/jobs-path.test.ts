import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inputKind } from '#gateway/pure/input-kind.ts'
import { jobsPath } from '#gateway/pure/jobs-path.ts'

const ROOT = '/data/customers'
const relativeOf = (path: string, root = ROOT) => {
  const found = jobsPath(path, root)
  return found.verdict === 'ok' ? found.relative : found.code
}

describe('a client path', () => {
  test.each([
    ['/syntonym/jobs/x.zip', 'x.zip'],
    ['/syntonym/jobs//sub/./x.zip', 'sub/x.zip'],
    ['/data/customers/x.zip', 'x.zip'],
    ['x.zip', 'x.zip'],
    ['./sub/x.zip', 'sub/x.zip'],
    ['..x/...zip', '..x/...zip'],
    ['C:\\x.jpg', 'C:\\x.jpg'],
    ['/syntonym/jobs/Zürich 車.jpg', 'Zürich 車.jpg'],
  ])('%j lies at %j below the root', (path, relative) => expect(relativeOf(path)).toBe(relative))

  test.each([
    ['', 'PATH_INVALID'],
    ['   ', 'PATH_INVALID'],
    ['a\0.jpg', 'PATH_INVALID'],
    ['\ud800.jpg', 'PATH_INVALID'],
    ['x'.repeat(5000), 'PATH_INVALID'],
    [`${'x'.repeat(300)}.jpg`, 'PATH_INVALID'],
    ['/etc/passwd', 'PATH_OUTSIDE_ROOT'],
    ['/syntonym/jobsx/a.jpg', 'PATH_OUTSIDE_ROOT'],
    ['/syntonym/jobs/../a.jpg', 'PATH_OUTSIDE_ROOT'],
    ['../a.jpg', 'PATH_OUTSIDE_ROOT'],
    ['a/../../b.jpg', 'PATH_OUTSIDE_ROOT'],
    ['a/..', 'PATH_OUTSIDE_ROOT'],
    ['/', 'PATH_OUTSIDE_ROOT'],
    ['/syntonym/jobs', 'FILE_NOT_REGULAR'],
    ['/syntonym/jobs/', 'FILE_NOT_REGULAR'],
    ['sub/', 'FILE_NOT_REGULAR'],
    ['.', 'FILE_NOT_REGULAR'],
    ['s3://bucket/a.jpg', 'SOURCE_NOT_CONFIGURED'],
    ['S3://bucket/a.jpg', 'SOURCE_NOT_CONFIGURED'],
    ['http://127.0.0.1/a.jpg', 'SOURCE_NOT_CONFIGURED'],
    ['file:///etc/passwd', 'SOURCE_NOT_CONFIGURED'],
  ])('%j is refused as %s', (path, code) => expect(relativeOf(path)).toBe(code))

  test('never leads out of the root, whatever it is made of', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      '/',
      '//',
      'a',
      'a.jpg',
      '..jpg',
      'syntonym',
      'jobs',
      '%2e%2e',
      '\\',
      '~',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom('/', ''), (parts, joint) => {
        const found = jobsPath(parts.join(joint), ROOT)
        if (found.verdict !== 'ok') return
        expect(found.relative.split('/')).not.toContain('..')
        expect(found.relative.startsWith('/')).toBe(false)
        expect(found.relative.endsWith(found.fileName)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  test('a configured root of / takes every absolute path', () =>
    expect(relativeOf('/a/b.jpg', '/')).toBe('a/b.jpg'))
})

describe('a file name', () => {
  test.each([
    ['a.jpg', 'picture'],
    ['A.JPEG', 'picture'],
    ['a.Png', 'picture'],
    ['a.bmp', 'picture'],
    ['a.MTS', 'film'],
    ['a.ts', 'film'],
    ['a.tar.7z', 'archive'],
    ['a.rar', 'archive'],
  ])('%s claims to be a %s', (name, kind) =>
    expect(inputKind(name, 'process_file')).toEqual({ verdict: 'ok', kind }),
  )

  test.each(['a', '.jpg', 'a.jpg.exe', 'a.gif', 'a.toString', 'a.', 'a.jpg '])(
    '%j is of no accepted type',
    (name) => expect(inputKind(name, 'process_file')).toMatchObject({ code: 'TYPE_UNKNOWN' }),
  )

  test('is refused where the route does not take its kind', () => {
    expect(inputKind('a.mp4', 'process_image')).toMatchObject({ code: 'TYPE_NOT_ACCEPTED' })
    expect(inputKind('a.png', 'process_video')).toMatchObject({ code: 'TYPE_NOT_ACCEPTED' })
    for (const route of ['process_image', 'process_video'] as const)
      expect(inputKind('a.zip', route)).toEqual({ verdict: 'ok', kind: 'archive' })
  })
})
