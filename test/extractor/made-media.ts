// Makes small pictures and a film for tests.
import sharp from 'sharp'

export interface Size {
  readonly width: number
  readonly height: number
}

const plain = ({ width, height }: Size, background: string) =>
  sharp({ create: { width, height, channels: 3, background } })

export const jpeg = (size: Size, background = 'teal'): Promise<Buffer> =>
  plain(size, background).jpeg().toBuffer()
export const png = (size: Size): Promise<Buffer> => plain(size, 'orange').png().toBuffer()
/** A JPEG that is stored lying on its side. */
export const turnedJpeg = (size: Size): Promise<Buffer> =>
  plain(size, 'navy').withMetadata({ orientation: 6 }).jpeg().toBuffer()

const le = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, i * 4)
  return bytes
}
const chunk = (id: string, ...parts: Buffer[]): Buffer => {
  const data = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(id), le(data.length), data, Buffer.alloc(data.length % 2)])
}
const list = (id: string, ...parts: Buffer[]): Buffer => chunk('LIST', Buffer.from(id), ...parts)

/** Motion JPEG in AVI. AVI RIFF File Reference, Microsoft. */
export async function avi(size: Size, frames: number, framesPerSecond: number): Promise<Buffer> {
  const picture = await jpeg(size)
  const { width, height } = size
  const microseconds = Math.round(1_000_000 / framesPerSecond)
  const header = chunk('avih', le(microseconds, 0, 0, 0x10, frames, 0, 1, 0, width, height, 0, 0, 0, 0))
  const stream = chunk(
    'strh',
    Buffer.from('vidsMJPG'),
    le(0, 0, 0, 1, framesPerSecond, 0, frames, picture.length, 0xffffffff, 0, 0, 0),
  )
  const format = chunk(
    'strf',
    le(40, width, height, 1 | (24 << 16)),
    Buffer.from('MJPG'),
    le(width * height * 3, 0, 0, 0, 0),
  )
  const movie = list('movi', ...Array.from({ length: frames }, () => chunk('00dc', picture)))
  const padded = picture.length + (picture.length % 2)
  const index = Array.from({ length: frames }, (_, i) =>
    Buffer.concat([Buffer.from('00dc'), le(0x10, 4 + i * (8 + padded), picture.length)]),
  )
  return chunk(
    'RIFF',
    Buffer.from('AVI '),
    list('hdrl', header, list('strl', stream, format)),
    movie,
    chunk('idx1', ...index),
  )
}
