// Pictures made for tests: four quarters of known colours, with a little noise so that nothing is flat.
import sharp, { type Sharp } from 'sharp'

export const QUARTERS = {
  topLeft: [200, 40, 40],
  topRight: [40, 180, 40],
  bottomLeft: [40, 60, 200],
  bottomRight: [210, 200, 60],
} as const

const noise = (i: number): number => (((i * 2654435761) >>> 9) & 7) - 4

/** Interleaved RGB. */
export function quarters(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = y < height / 2 ? 'top' : 'bottom'
      const colour = QUARTERS[`${row}${x < width / 2 ? 'Left' : 'Right'}`]
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = (colour[c] ?? 0) + noise(y * width + x)
    }
  }
  return data
}

export const painted = (width: number, height: number): Sharp =>
  sharp(quarters(width, height), { raw: { width, height, channels: 3 } })

/** The mean colour around a place given in parts of the width and height. */
export function colourAt(
  picture: { data: ArrayLike<number>; width: number; height: number; channels: number },
  [u, v]: readonly [number, number],
): readonly number[] {
  const x = Math.floor(picture.width * u)
  const y = Math.floor(picture.height * v)
  return Array.from(
    { length: Math.min(3, picture.channels) },
    (_, c) => picture.data[(y * picture.width + x) * picture.channels + c] ?? 0,
  )
}
