// Makes a file name of a client's that is safe to offer for a download, and the header that carries it. RFC 6266, RFC 8187.
import { posix } from 'node:path'

const MAX_STEM_CHARACTERS = 120
/** Control and format characters (among them those that turn the writing direction), separators, and what Windows forbids. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}/\\:*?"<>|]/gu
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i

/** The name under which a result is saved: the input's stem, made harmless, with the result's extension. */
export function downloadName(fileName: string, extension: string, suffix = ''): string {
  const last = fileName.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const stem = posix.basename(last, posix.extname(last)).replace(FORBIDDEN, '_')
  const short = [...stem]
    .slice(0, MAX_STEM_CHARACTERS)
    .join('')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const safe = short === '' || WINDOWS_DEVICE.test(short) ? `file${short === '' ? '' : `_${short}`}` : short
  const ending = /^\.[a-z0-9]{1,8}$/.test(extension) ? extension : '.bin'
  return `${safe}${suffix}${ending}`
}

/** The Content-Disposition header for a name that `downloadName` made. */
export function contentDisposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%;]/gu, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
