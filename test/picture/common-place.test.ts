import { expect, test } from 'vitest'
import { atCommonPlace, type PlacedFind } from '#anonymizer/picture/pure/common-place.ts'
import { cornersOf } from '#anonymizer/pure/mask-shape.ts'
import type { Box } from '#schemas/detection-document.ts'

const seen = (score: number, box: Box): PlacedFind => ({ score, box, quad: cornersOf(box) })
const ONE_OBJECT = 0.4
const loose = seen(0.84, [0, 0, 140, 70])
const tight = seen(0.6, [20, 10, 120, 60])
const alike = seen(0.5, [22, 10, 122, 60])

test('a plate lies where two looks agree, though a third was surer of another place', () => {
  expect(atCommonPlace(loose, [loose, tight, alike], ONE_OBJECT)).toEqual({ ...tight, score: 0.84 })
})

test('of two looks the surer has its way', () => {
  expect(atCommonPlace(loose, [loose, tight], ONE_OBJECT)).toBe(loose)
})

test('looks that were hardly sure, and plates beside, have no say', () => {
  const faint = [seen(0.3, tight.box), seen(0.3, alike.box)]
  const beside = [seen(0.8, [150, 0, 250, 50]), seen(0.8, [152, 0, 252, 50])]
  expect(atCommonPlace(loose, [loose, ...faint, ...beside], ONE_OBJECT)).toBe(loose)
})
