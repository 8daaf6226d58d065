// Reads a Range header for a body of known size. RFC 9110, section 14.

export type RangeVerdict =
  /** No range, several ranges or an unknown unit: the whole body is served. */
  | { readonly serve: 'all' }
  /** `end` is exclusive, in bytes. */
  | { readonly serve: 'part'; readonly start: number; readonly end: number }
  | { readonly serve: 'none' }

/** Which bytes of `size` a header asks for. */
export function byteRange(header: string | undefined, size: number): RangeVerdict {
  const found = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '')
  const [, first = '', last = ''] = found ?? []
  if (first === '' && last === '') return { serve: 'all' }
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? { serve: 'none' } : { serve: 'part', start: size - length, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return { serve: 'all' }
  if (start >= size) return { serve: 'none' }
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  return { serve: 'part', start, end }
}
