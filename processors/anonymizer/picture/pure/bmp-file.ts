// Writes a BMP: 24 bits, or 32 with alpha where the picture has some.

const FILE_HEADER = 14
const INFO_HEADER = 40
const V4_HEADER = 108
const BITFIELDS = 3
/** "sRGB" as LCS_sRGB. */
const SRGB = 0x73524742

/** @param pixels interleaved RGB or RGBA, 8 bits, top row first */
export function writeBmp(pixels: Uint8Array, width: number, height: number, channels: 3 | 4): Uint8Array {
  const headerSize = channels === 4 ? V4_HEADER : INFO_HEADER
  const row = Math.ceil((width * channels) / 4) * 4
  const pixelsAt = FILE_HEADER + headerSize
  const file = new Uint8Array(pixelsAt + row * height)
  const view = new DataView(file.buffer)
  view.setUint16(0, 0x4d42, true)
  view.setUint32(2, file.length, true)
  view.setUint32(10, pixelsAt, true)
  view.setUint32(14, headerSize, true)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, channels * 8, true)
  view.setUint32(34, row * height, true)
  if (channels === 4) {
    view.setUint32(30, BITFIELDS, true)
    const masks = [0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000]
    masks.forEach((mask, i) => {
      view.setUint32(54 + i * 4, mask, true)
    })
    view.setUint32(70, SRGB, true)
  }
  for (let y = 0, from = 0; y < height; y++) {
    for (
      let x = 0, to = pixelsAt + (height - 1 - y) * row;
      x < width;
      x++, to += channels, from += channels
    ) {
      file[to] = pixels[from + 2] ?? 0
      file[to + 1] = pixels[from + 1] ?? 0
      file[to + 2] = pixels[from] ?? 0
      if (channels === 4) file[to + 3] = pixels[from + 3] ?? 0
    }
  }
  return file
}
