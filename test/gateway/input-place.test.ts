import { describe, expect, test } from 'vitest'
import { inputPlace } from '#gateway/pure/input-place.ts'

const roots = { jobsRoot: '/data', buckets: ['inbox', 'archive.2026'] }
const said = (path: string, of = roots) => {
  const found = inputPlace(path, of)
  return found.verdict === 'ok' ? found.place : found.code
}

describe('an address of a bucket', () => {
  test('that is configured is the bucket, the key as it stands and its last part as the name', () => {
    expect(inputPlace('s3://inbox/2026/ü 車?.mp4', roots)).toEqual({
      verdict: 'ok',
      place: { at: 'bucket', bucket: 'inbox', key: '2026/ü 車?.mp4' },
      fileName: 'ü 車?.mp4',
    })
    expect(said('S3://archive.2026/a.zip')).toEqual({ at: 'bucket', bucket: 'archive.2026', key: 'a.zip' })
  })

  test('that is not configured is refused, whatever it looks like', () => {
    for (const path of [
      's3://other/a.jpg',
      's3://INBOX/a.jpg',
      's3://inbox.evil/a.jpg',
      's3://inbox@other/a.jpg',
    ])
      expect(said(path)).toBe('SOURCE_NOT_CONFIGURED')
    expect(said('s3://inbox/a.jpg', { ...roots, buckets: [] })).toBe('SOURCE_NOT_CONFIGURED')
    expect(said('http://inbox/a.jpg')).toBe('SOURCE_NOT_CONFIGURED')
  })

  test('with a key that servers and clients read differently is refused', () => {
    for (const key of ['a/../b.jpg', './b.jpg', 'a//b.jpg', '/b.jpg', 'a\0.jpg', `${'x'.repeat(1_025)}.jpg`])
      expect(said(`s3://inbox/${key}`)).toBe('PATH_INVALID')
    for (const key of ['', 'folder/']) expect(said(`s3://inbox/${key}`)).toBe('FILE_NOT_REGULAR')
  })
})

test('a path stays a path below the jobs root', () => {
  expect(said('/syntonym/jobs/a/b.jpg')).toEqual({ at: 'jobs-root', relative: 'a/b.jpg' })
  expect(said('s3:/inbox/a.jpg')).toEqual({ at: 'jobs-root', relative: 's3:/inbox/a.jpg' })
})
