// Takes a part's packets and frames in place of a film and a document of their own.
import { PermanentFailure } from '#runtime/failure.ts'
import type { DocumentWriter } from '../document-file.ts'
import type { FilmWriter } from '../write-film.ts'
import type { PartWriter } from './part-file.ts'

export function partPackets(part: PartWriter): FilmWriter {
  let pictures = 0
  return {
    writePicture(packet) {
      pictures++
      part.packet(packet)
    },
    writeSound() {
      throw new PermanentFailure('RENDER_FAILED', 'A part of a film has no sound of its own.')
    },
    finish: () => ({ pictures, soundPackets: [], soundBytes: [], movedSound: 0 }),
    [Symbol.dispose]() {},
  }
}

export const partFrames = (part: PartWriter): DocumentWriter => ({
  write: async (frames) => part.frames(frames),
  async finish() {},
  async [Symbol.asyncDispose]() {},
})
