// Holds our signatures to those that AWS publishes, and to what a key's odd characters become.
import { expect, test } from 'vitest'
import { encodedPath, signer } from '#runtime/s3/signature.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, the examples there */
const sign = signer({
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
})
const AT = Date.parse('2013-05-24T00:00:00Z')
const host = 'examplebucket.s3.amazonaws.com'
const signatureOf = (headers: Readonly<Record<string, string>>) =>
  headers.authorization?.split('Signature=')[1]

test('a get is signed as in the published example', () => {
  const headers = sign(
    {
      method: 'GET',
      path: '/test.txt',
      headers: { host, range: 'bytes=0-9' },
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    },
    AT,
  )
  expect(headers['x-amz-date']).toBe('20130524T000000Z')
  expect(headers.authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  )
})

test('a put is signed as in the published example, its odd key escaped', () => {
  const headers = sign(
    {
      method: 'PUT',
      path: '/test%24file.text',
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', host, 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      sha256: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
    AT,
  )
  expect(signatureOf(headers)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd')
})

test('another day has another key, and the first day its own again', () => {
  const ask = { method: 'GET', path: '/a', headers: { host }, sha256: 'x' }
  const fresh = signer({ accessKey: 'a', secretKey: 's', region: 'r' })
  const first = signatureOf(fresh(ask, AT))
  expect(signatureOf(fresh(ask, AT + 86_400_000))).not.toBe(first)
  expect(signatureOf(fresh(ask, AT))).toBe(first)
})

test('a path keeps its slashes and escapes everything else that a signature escapes', () => {
  expect(encodedPath('b', "jobs/a b+ü!'()*~/x")).toBe('/b/jobs/a%20b%2B%C3%BC%21%27%28%29%2A~/x')
})
