// Decodes the first pictures of a kept group once more, where something to hide turned up later in it.
import { Frame } from 'node-av/lib'
import type { CodedGroup, ShownPicture } from './coded-group.ts'
import { CopyDoubt } from './copy-doubt.ts'
import { isDrained } from './media-error.ts'
import { openDecoder } from './open-decoder.ts'
import type { OpenFilm } from './open-film.ts'

/**
 * Gives `use` the pictures that were told, in order; each is valid until `use` returns.
 * @throws {CopyDoubt} where the decoder gives other pictures than the first time
 */
export function decodeGroup(
  film: OpenFilm,
  group: CodedGroup,
  threads: number,
  use: (frame: Frame, picture: ShownPicture) => void,
): void {
  const wanted = group.shown.splice(0)
  if (wanted.length === 0) return
  using decoder = openDecoder(film, threads)
  using frame = new Frame()
  frame.alloc()
  let given = 0
  const drain = (): void => {
    while (given < wanted.length) {
      const received = decoder.receiveFrameSync(frame)
      if (isDrained(received)) return
      const picture = wanted[given]
      if (received < 0 || frame.pts !== picture?.pts) throw new CopyDoubt()
      use(frame, picture)
      given++
      frame.unref()
    }
  }
  for (const packet of [...group.packets, null]) {
    if (given === wanted.length) break
    if (decoder.sendPacketSync(packet) < 0) throw new CopyDoubt()
    drain()
  }
  if (given < wanted.length) throw new CopyDoubt()
}
