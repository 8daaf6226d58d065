// Writes the header that lets a browser save a download under a name of any letters.

const notAttributeChar = /[^A-Za-z0-9!#$&+.^_`|~-]/gu

/** RFC 6266 with an ASCII fallback and the RFC 8187 form of the whole name. */
export function attachmentNamed(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const whole = fileName.toWellFormed().replace(notAttributeChar, (char) => encodeURIComponent(char))
  // encodeURIComponent leaves these alone, the header's grammar does not.
  const encoded = whole.replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
