// Texts for number plates that no office hands out.
import { type Draw, wholeDraw } from './seeded-draws.ts'

/** Letters that read well; Q comes in by rule. */
const LETTERS = 'ACDEFHKLMNPRTVXY'
/** L a letter, 0 a nought: numbers are handed out from 1, so a number of noughts is nobody's. */
const ONE_ROW = ['LL 000 L', 'LLL 000', 'L 000 LLL', 'LL 000 LL', 'LL 00 LLL']
const TWO_ROWS = ['LL 00|0 LL', 'LLL|000', 'LL|000 L']

/**
 * A text with a number of noughts only, and a Q, which offices leave out because it looks like a nought: two reasons why
 * it is on no car. Rows are parted by `|`.
 */
export function plateText(draw: Draw, rows: 1 | 2): string {
  const patterns = rows === 1 ? ONE_ROW : TWO_ROWS
  const pattern = patterns[wholeDraw(draw, patterns.length)] ?? 'LLL 000'
  const places = [...pattern].flatMap((sign, i) => (sign === 'L' ? [i] : []))
  const reserved = places[wholeDraw(draw, places.length)]
  return [...pattern]
    .map((sign, i) => {
      if (sign !== 'L') return sign
      const letter = LETTERS[wholeDraw(draw, LETTERS.length)] ?? 'X'
      return i === reserved ? 'Q' : letter
    })
    .join('')
}

/** True for a text that cannot be a real plate's: by its number and by its letters. */
export const isImpossible = (text: string): boolean =>
  /Q/.test(text) && (text.match(/[0-9]+/g) ?? []).every((digits) => /^0+$/.test(digits)) && /0/.test(text)
