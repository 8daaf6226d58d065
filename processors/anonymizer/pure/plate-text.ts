// Decodes what the text reader answers, and says whether a plate could bear such a text.

/** A line of text as read; letters and digits only, capitals. */
export interface Reading {
  readonly text: string
  /** Mean probability of all its characters, those of other scripts too; 0 where there is none. */
  readonly confidence: number
}

/** Greedy decoding of connectionist temporal classification needs no other knowledge of the classes than this: 0 is "nothing". */
const BLANK = 0
/** Classes of PP-OCRv4's dictionary (6,624 classes, the last is a space) that are ASCII letters and digits. */
const DIGITS = [26, 93, 25, 94, 632, 631, 933, 29, 27, 1109]
const CAPITALS = [
  1221, 3588, 4244, 1220, 4381, 1219, 5128, 425, 3587, 2697, 5193, 3506, 3639, 3589, 4741, 1310, 4731, 5127,
  1217, 1381, 4497, 5405, 5033, 5200, 1218, 4136,
]
const SMALL_LETTERS = [
  4544, 3463, 4902, 5171, 3332, 4389, 4548, 3539, 3538, 5493, 4849, 2710, 5233, 4547, 4245, 4545, 2156, 1958,
  1033, 3333, 1034, 4922, 3537, 2993, 4546, 3316,
]
const CHARACTERS: ReadonlyMap<number, string> = new Map([
  ...DIGITS.map((index, i) => [index, String(i)] as const),
  ...[CAPITALS, SMALL_LETTERS].flatMap((letters) =>
    letters.map((index, i) => [index, String.fromCharCode(65 + i)] as const),
  ),
])

/** The letter or digit of a class; undefined for every other sign. */
export const characterOf = (index: number): string | undefined => CHARACTERS.get(index)

/** Best class per step, repeats and blanks dropped. `data`: probabilities, steps x classes, row by row. */
export function decodeLine(data: Float32Array, classes: number): Reading {
  let [text, sum, count, last] = ['', 0, 0, BLANK]
  for (let step = 0; (step + 1) * classes <= data.length; step++) {
    let best = 0
    let most = data[step * classes] ?? 0
    for (let i = 1; i < classes; i++) {
      const value = data[step * classes + i] ?? 0
      if (value > most) [best, most] = [i, value]
    }
    if (best !== BLANK && best !== last) {
      text += characterOf(best) ?? ''
      sum += most
      count++
    }
    last = best
  }
  return { text, confidence: count === 0 ? 0 : sum / count }
}

/** Four to nine letters and digits, at least two of them digits, surely read: words, prices and house numbers are not. */
export const isPlateText = ({ text, confidence }: Reading): boolean =>
  confidence >= 0.8 && text.length >= 4 && text.length <= 9 && (text.match(/[0-9]/g)?.length ?? 0) >= 2
