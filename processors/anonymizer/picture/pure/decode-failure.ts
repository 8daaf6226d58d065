// Sorts what a picture decoder complains about into the codes that a user meets.

export interface DecodeFailure {
  readonly code: 'MEDIA_TOO_LARGE' | 'MEDIA_TRUNCATED' | 'MEDIA_UNREADABLE'
  readonly detail: string
}

const TOO_LARGE = /pixel limit|too (large|big)|dimensions? .*exceed/i
/** libjpeg's, libpng's and libvips's words for a file that ends before its picture does. */
const TRUNCATED =
  /premature end|truncated|not enough (image )?data|unexpected end|end of (file|stream|input|image)|out of data|read error/i

/** The decoder's own words are not passed on: they may quote the file. */
export function decodeFailure(message: string): DecodeFailure {
  if (TOO_LARGE.test(message))
    return { code: 'MEDIA_TOO_LARGE', detail: 'The picture has more pixels than allowed.' }
  if (TRUNCATED.test(message))
    return { code: 'MEDIA_TRUNCATED', detail: 'The picture ends before its last pixel.' }
  return { code: 'MEDIA_UNREADABLE', detail: 'The picture is damaged and cannot be decoded.' }
}
