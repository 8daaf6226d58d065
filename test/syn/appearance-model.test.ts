import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAppearance } from '#anonymizer/syn/appearance.ts'
import { halved } from '#anonymizer/syn/pure/draw-texture.ts'

const MODEL = join(import.meta.dirname, '../../models/syn')
const [json, sheet] = await Promise.all(
  ['appearance.json', 'appearance-textures.jpg'].map((name) => readFile(join(MODEL, name))),
)
const read = (text: string) => readAppearance(Buffer.from(text), sheet ?? new Uint8Array())
const model = JSON.parse(String(json))

test.each([
  ['a point too few', { ...model, shapeMean: model.shapeMean.slice(3) }],
  ['a number that is none', { ...model, outline: [...model.outline.slice(1), '7'] }],
  ['no list', { ...model, corners: 12 }],
  ['a component without its end', { ...model, shapeComponents: [[1, 2, 3]] }],
])('an appearance model with %s is not read', async (_, broken) => {
  await expect(read(JSON.stringify(broken))).rejects.toMatchObject({ code: 'MODEL_NOT_AVAILABLE' })
})

test('a texture of the next level is the one before at half the size', async () => {
  const appearance = await read(String(json))
  const texture = Float64Array.from({ length: model.groups[0].components }, (_, k) => Math.sin(k * 7))
  const identity = { group: 0, shape: new Float64Array(24), texture }
  for (const level of [0, 1, 2]) {
    const half = halved(appearance.texture(identity, level))
    const next = appearance.texture(identity, level + 1)
    expect([next.width, next.height]).toEqual([half.width, half.height])
    next.planes.forEach((plane, p) => {
      const apart = plane.reduce((sum, value, i) => sum + Math.abs(value - (half.planes[p]?.[i] ?? 0)), 0)
      const size = plane.reduce((sum, value) => sum + Math.abs(value), 0)
      expect(size).toBeGreaterThan(0)
      // Colour differences are small numbers, rounded.
      expect(apart / size).toBeLessThan(p === 0 ? 0.06 : 0.2)
    })
  }
})
